"""Peers that make a tree of hard links."""
import os
import shutil
import subprocess
import zlib

from .measure import Failed, run, tell
from .stores import Ostree
from .tools import Tool, first_line
from .tree import remove
from .trees import npm_install


class CopyLinks(Tool):
    """Hard links to the source's own files; nothing is looked at."""
    name = "cp -al"
    program = "cp"

    def link(self, destination):
        return run(["cp", "-al", self.source, destination])


class OstreeLinks(Ostree):
    name = "ostree checkout -H"


class Pnpm(Tool):
    """The packages that npm's lock file names, out of pnpm's store, as it lays them out itself:
    each package once in a folder of its own, symlinks between them."""
    name = "pnpm install --offline"
    program = "node"
    RELEASE = "pnpm@9"

    def __init__(self, source, scratch, project, made):
        super().__init__(source, scratch)
        self.project = project  # with package.json and package-lock.json
        self.home = os.path.join(made, "pnpm")
        self.place = os.path.join(scratch, "pnpm-project")
        self.extra = [self.place]

    def missing(self):
        return super().missing() or ("" if shutil.which("npm") else "npm is not installed")

    def command(self):
        return ["node", os.path.join(self.home, "node_modules/pnpm/bin/pnpm.cjs")]

    def install(self, store, *words):
        return self.command() + ["install", "--frozen-lockfile", "--ignore-scripts", "--silent",
                                 "--package-import-method=hardlink", f"--store-dir={store}",
                                 *words]

    def first(self):
        """pnpm's own lock file and store, made once from the registry: what is timed later needs
        no network."""
        with open(os.path.join(self.project, "package-lock.json"), "rb") as lock:
            kept = os.path.join(self.home, f"kept-{zlib.crc32(lock.read()):08x}")
        if not os.path.isdir(kept):
            self.fetch(kept + ".part")
            os.rename(kept + ".part", kept)
        shutil.copytree(os.path.join(kept, "store"), self.store)
        os.makedirs(self.place)
        for name in ("package.json", "pnpm-lock.yaml"):
            shutil.copy(os.path.join(kept, name), self.place)

    def fetch(self, folder):
        if not os.path.isdir(os.path.join(self.home, "node_modules")):
            npm_install(self.home, [self.RELEASE])
        remove(folder)
        os.makedirs(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(self.project, name), folder)
        for command in (self.command() + ["import"], self.install(os.path.join(folder, "store"))):
            tell(f"  pnpm {command[2]}")
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                                  env={**os.environ, "npm_config_network_concurrency": "64"})
            if done.returncode != 0:
                raise Failed(f"pnpm: {(done.stdout + done.stderr).strip()[-500:]}")
        remove(os.path.join(folder, "node_modules"))

    def link(self, destination):
        remove(os.path.join(self.place, "node_modules"))
        cost = run(self.install(self.store, "--offline"), cwd=self.place)
        os.rename(os.path.join(self.place, "node_modules"), destination)
        return cost

    def version(self):
        return "pnpm " + first_line(self.command() + ["--version"])
