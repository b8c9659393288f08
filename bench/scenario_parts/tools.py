"""The tools that are run side by side: one class each, the same few operations.

make()     an empty store (of tar and cp: nothing)
first()    the first snapshot into it
again()    a further snapshot of the same tree
restore()  the newest snapshot into a folder that is not there yet
Each returns a Cost and leaves the store for the next. Options are the tool's own defaults unless
the name says otherwise; only output is turned down.
"""
import os
import shutil
import subprocess

from .measure import Cost, output, pipeline, run
from .tree import remove, size_of


class Tool:
    name = ""
    program = ""
    keeps_history = True  # can take a second snapshot into the same store

    def __init__(self, source, scratch):
        self.source = source
        self.store = os.path.join(scratch, self.name.replace(" ", "-").replace(",", "-"))
        self.extra = []  # caches and the like, removed with the store
        self.count = 0

    def clear(self):
        for path in [self.store] + self.extra:
            remove(path)
        self.count = 0

    def make(self):
        return Cost()

    def again(self):
        return self.first()

    def restored(self, destination):
        """Where the tree lies after restore(destination)."""
        return destination

    def size(self):
        return size_of(self.store)

    @classmethod
    def version(cls):
        return first_line([cls.program, "--version"])


def first_line(command):
    if shutil.which(command[0]) is None:
        raise SystemExit(f"bench/scenario: {command[0]} is not installed; `./dev bench` does that")
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).strip().splitlines()[0]


class Holt(Tool):
    name = "holt"

    def __init__(self, source, scratch, program):
        super().__init__(source, scratch)
        self.program = program

    def command(self, *words):
        return [self.program, "--store", self.store, "--quiet", *words]

    def make(self):
        return run(self.command("init"))

    def first(self):
        return run(self.command("snapshot", self.source))

    def restore(self, destination):
        return run(self.command("restore", "latest", destination))

    def link(self, destination):
        return run(self.command("restore", "latest", destination, "--link", "require-hardlink"))


class Copy(Tool):
    name = "cp -a"
    program = "cp"
    keeps_history = False

    def first(self):
        return run(["cp", "-a", self.source, self.store])

    def restore(self, destination):
        return run(["cp", "-a", self.store, destination])


class TarZstd(Tool):
    name = "tar, zstd -3 -T0"
    program = "tar"
    keeps_history = False

    def first(self):
        return pipeline(f"tar -C '{self.source}' -cf - . | zstd -3 -T0 -q > '{self.store}'")

    def restore(self, destination):
        os.mkdir(destination)
        return pipeline(f"zstd -dcq '{self.store}' | tar -C '{destination}' -xf -")

    @classmethod
    def version(cls):
        return super().version() + ", " + first_line(["zstd", "--version"]).strip("* ")


class Restic(Tool):
    name = "restic"
    program = "restic"

    def __init__(self, source, scratch):
        super().__init__(source, scratch)
        self.cache = self.store + ".cache"
        self.extra = [self.cache]

    def command(self, *words):
        return ["restic", "--quiet", "--repo", self.store, "--cache-dir", self.cache, *words]

    def run(self, *words, cwd=None):
        return run(self.command(*words), cwd=cwd, env={**os.environ, "RESTIC_PASSWORD": "bench"})

    def make(self):
        return self.run("init", "--repository-version", "2")

    def first(self):
        return self.run("backup", self.source)

    def restore(self, destination):
        return self.run("restore", "latest", "--target", destination)

    def restored(self, destination):
        return destination + self.source  # restic restores below the whole old path

    @classmethod
    def version(cls):
        return first_line(["restic", "version"])


class Borg(Tool):
    name = "borg lz4"
    program = "borg"
    compression = "lz4"  # its default

    def __init__(self, source, scratch):
        super().__init__(source, scratch)
        self.base = self.store + ".base"  # its caches and settings
        self.extra = [self.base]

    def run(self, *words, cwd=None):
        env = {**os.environ, "BORG_BASE_DIR": self.base,
               "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
               "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
        return run(["borg", *words], cwd=cwd, env=env)

    def make(self):
        os.makedirs(self.base, exist_ok=True)
        return self.run("init", "--encryption", "none", self.store)

    def first(self):
        self.count += 1
        archive = f"{self.store}::{self.count}"
        return self.run("create", "--compression", self.compression, archive, ".", cwd=self.source)

    def restore(self, destination):
        os.mkdir(destination)
        return self.run("extract", f"{self.store}::{self.count}", cwd=destination)


class BorgZstd(Borg):
    name = "borg zstd,3"
    compression = "zstd,3"


class CopyLinks(Tool):
    """Hard links to the source's own files; nothing is looked at."""
    name = "cp -al"
    program = "cp"

    def link(self, destination):
        return run(["cp", "-al", self.source, destination])


class Ostree(Tool):
    """A bare repository keeps files uncompressed, to be linked. It keeps no times."""
    name = "ostree checkout -H"
    program = "ostree"

    def first(self):
        run(["ostree", "init", f"--repo={self.store}", "--mode=bare"])
        return run(["ostree", "commit", f"--repo={self.store}", "-b", "bench",
                    f"--tree=dir={self.source}"])

    def link(self, destination):
        return run(["ostree", "checkout", "-H", f"--repo={self.store}", "bench", destination])

    @classmethod
    def version(cls):
        told = subprocess.run(["ostree", "--version"], capture_output=True, text=True, check=False)
        return "ostree " + told.stdout.split("Version: ")[-1].splitlines()[0].strip("'")


class BareTree(Tool):
    """bench/bare_tree.cpp: the same folders and files made from memory, or linked, by the fewest
    calls. Its own clock counts, which starts when the source has been read."""

    def __init__(self, source, scratch, program, threads, links=False):
        self.name = (f"bare {'links' if links else 'calls'}, {threads} thread" +
                     ("s" if threads > 1 else ""))
        super().__init__(source, scratch)
        self.command = [program, source]
        self.options = ["--threads", str(threads)] + (["--links"] if links else [])

    def restore(self, destination):
        told = output(self.command + [destination] + self.options)
        wall, _, rest = told.partition(" s, processor ")
        return Cost(float(wall), float(rest.split(" s")[0]), 0)

    link = restore


class Find(Tool):
    """Not a tool that keeps anything: what looking at every file costs."""
    name = "find -printf"
    program = "find"

    def first(self):
        return run(["find", self.source, "-printf", "%i %s %T@ %C@ %p\\n"])


class StatWalk(Tool):
    """bench/stat_walk.cpp: the same with the fewest system calls, on some threads."""

    def __init__(self, source, scratch, program, threads):
        self.name = f"bare stat walk, {threads} thread" + ("s" if threads > 1 else "")
        super().__init__(source, scratch)
        self.program = program
        self.threads = threads

    def first(self):
        return run([self.program, self.source, str(self.threads)])
