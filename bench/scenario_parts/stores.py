"""Peers that keep snapshots in a store of their own."""
import os
import subprocess

from .measure import Cost, run
from .tools import Tool, first_line


class Restic(Tool):
    name = "restic"
    program = "restic"

    def __init__(self, source, scratch):
        super().__init__(source, scratch)
        self.cache = self.store + ".cache"
        self.extra = [self.cache]

    def run(self, *words):
        command = ["restic", "--quiet", "--repo", self.store, "--cache-dir", self.cache, *words]
        return run(command, env={**os.environ, "RESTIC_PASSWORD": "bench"})

    def make(self):
        return self.run("init", "--repository-version", "2")

    def first(self):
        return self.run("backup", self.source)

    def restore(self, destination):
        return self.run("restore", "latest", "--target", destination)

    def restored(self, destination):
        return destination + self.source  # restic restores below the whole old path

    def version(self):
        return first_line(["restic", "version"])


class Borg(Tool):
    name = "borg lz4"  # its default compression
    program = "borg"

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
        return self.run("create", archive, ".", cwd=self.source)

    def restore(self, destination):
        os.mkdir(destination)
        return self.run("extract", f"{self.store}::{self.count}", cwd=destination)


class Casync(Tool):
    name = "casync"
    program = "casync"

    def make(self):
        os.mkdir(self.store)
        return Cost()

    def run(self, verb, *words):
        return run(["casync", verb, f"--store={self.store}/default.castr", *words])

    def first(self):
        self.count += 1
        return self.run("make", f"{self.store}/{self.count}.caidx", self.source)

    def restore(self, destination):
        return self.run("extract", f"{self.store}/{self.count}.caidx", destination)


class Ostree(Tool):
    """A bare repository keeps files uncompressed, to be copied or linked. It keeps no times."""
    name = "ostree"
    program = "ostree"

    def make(self):
        return run(["ostree", "init", f"--repo={self.store}", "--mode=bare"])

    def first(self):
        return run(["ostree", "commit", f"--repo={self.store}", "-b", "bench",
                    f"--tree=dir={self.source}"])

    def restore(self, destination):
        return run(["ostree", "checkout", "-C", f"--repo={self.store}", "bench", destination])

    def link(self, destination):
        return run(["ostree", "checkout", "-H", f"--repo={self.store}", "bench", destination])

    def version(self):
        told = subprocess.run(["ostree", "--version"], capture_output=True, text=True, check=False)
        return "ostree " + told.stdout.split("Version: ")[-1].splitlines()[0].strip("'")
