"""Repair of a folder that was restored before: untouched, and with 1% of its files changed.

Peers: a bare stat walk of the same folder, which repairs nothing; `rsync -a --delete` from the
source, which goes by size and time and finds no secret edit; `git status` (and `git checkout .`) in
a copy that is a repository, whose index is what the stat records are here. Every repaired folder is
compared with the source, outside of what is timed.
"""
import os
import shutil

from .floors import StatWalk
from .measure import run, tell
from .tree import remove

CHANGED = 100  # one file in so many


def change(folder):
    """Writes other bytes of the same number into 1% of the files. The same ones each time."""
    number = 0
    for path, folders, files in os.walk(folder):
        folders.sort()
        folders[:] = [name for name in folders if name != ".git"]
        for name in sorted(files):
            file = os.path.join(path, name)
            if os.path.islink(file):
                continue
            number += 1
            if number % CHANGED:
                continue
            size = os.stat(file).st_size
            with open(file, "r+b" if size else "ab") as out:
                out.write(b"\0" * min(size, 64) if size else b"x")


class Repair:
    def __init__(self, bench, build):
        self.bench = bench
        self.holt = bench.holt
        scratch = bench.place.scratch
        self.out, self.rsynced, self.repository = (
            os.path.join(scratch, name) for name in ("repaired", "rsynced", "repository"))
        self.walks = [StatWalk(self.out, scratch, build, count) for count in (1, 2)]

    def measure(self):
        bench = self.bench
        bench.ready(self.holt)
        self.holt.restore(self.out)
        self.holt.restore(self.out)  # learns what the restore wrote too shortly before its end
        for walk in self.walks:
            if not bench.wanted(walk.name):
                continue
            self.beside("repair untouched", walk.name, None, walk.again)
            self.beside("repair 1% changed", walk.name, None, walk.again, changed=True)
        self.peer("rsync -a --delete", "rsync", self.prepare_rsync, self.rsynced, self.rsync)
        self.peer("git status, git checkout", "git", self.prepare_git, self.repository, self.status,
                  self.checkout)
        bench.check(self.out, "holt's repair")
        remove(self.out)

    def peer(self, name, program, prepare, folder, untouched, changed=None):
        if not self.bench.wanted(name):
            return
        if not shutil.which(program):
            for operation in ("repair untouched", "repair 1% changed"):
                self.bench.without(operation, name, f"{program} is not installed")
            return
        tell(f"  {program}'s folder")
        prepare()
        self.beside("repair untouched", name, None, untouched)
        self.beside("repair 1% changed", name, folder, changed or untouched, changed=True)
        remove(folder)

    def beside(self, operation, name, folder, theirs, changed=False):
        """With `changed` 1% of holt's folder, and of the peer's `folder`, is other each time."""
        def ours():
            if changed:
                change(self.out)
                self.bench.place.settle()
            cost = self.holt.restore(self.out)
            if changed and folder:
                change(folder)
            return cost
        self.bench.rounds_of(operation, name, ours, theirs)
        self.bench.check(self.out, "holt's repair")

    def prepare_rsync(self):
        run(["cp", "-a", self.bench.source, self.rsynced])

    def rsync(self):
        return run(["rsync", "-a", "--delete", self.bench.source + "/", self.rsynced + "/"])

    def git(self, *words):
        return run(["git", "-C", self.repository, *words])

    def prepare_git(self):
        run(["cp", "-a", self.bench.source, self.repository])
        self.git("init", "-q")
        for option in ("core.autocrlf=false", "core.safecrlf=false", "gc.auto=0",
                       "core.excludesFile=/dev/null", "user.name=x", "user.email=x"):
            self.git("config", *option.split("="))
        self.git("add", "-A", "-f", ".")
        self.git("commit", "-q", "-m", "x")

    def status(self):
        return self.git("status", "--porcelain")

    def checkout(self):
        return self.git("checkout", "-q", ".")
