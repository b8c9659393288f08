"""Repair of a folder that was restored before: untouched, and with 1% of its files changed.

Peers: a bare stat walk of the same folder, which repairs nothing; `rsync -a --delete` from the
source, which goes by size and time and finds no secret edit; `git status` (and `git checkout .`) in
a copy that is a repository, whose index is what the stat records are here. Every repaired folder is
compared with the source, outside of what is timed.
"""
import os

from . import report, tree
from .measure import Failed, Pair, Versus, run, tell

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
    def __init__(self, scenario, walker):
        self.scenario = scenario
        self.holt = scenario.holt
        self.source = scenario.source
        self.walker = walker
        self.out, self.rsynced, self.repository = (
            os.path.join(scenario.scratch, name) for name in ("repaired", "rsynced", "repository"))

    def git(self, *words):
        return run(["git", "-C", self.repository, *words])

    def prepare(self):
        tell("repair: the folders")
        if not os.path.exists(self.holt.store):
            self.scenario.filled(self.holt)
        self.holt.restore(self.out)
        self.holt.restore(self.out)  # learns what the restore wrote too shortly before its end
        run(["cp", "-a", self.source, self.rsynced])
        run(["cp", "-a", self.source, self.repository])
        self.git("init", "-q")
        for option in ("core.autocrlf=false", "core.safecrlf=false", "gc.auto=0",
                       "core.excludesFile=/dev/null", "user.name=x", "user.email=x"):
            self.git("config", *option.split("="))
        self.git("add", "-A", "-f", ".")
        self.git("commit", "-q", "-m", "x")

    def repair(self):
        return self.holt.restore(self.out)

    def rsync(self):
        return run(["rsync", "-a", "--delete", self.source + "/", self.rsynced + "/"])

    def walk(self, threads):
        return run([self.walker, self.out, str(threads)])

    def check(self):
        wrong = tree.differences(self.source, self.out)
        if wrong:
            raise Failed(f"holt's repair left {len(wrong)} differences, the first: {wrong[0]}")

    def measured(self, title, ready, peers):
        """`peers`: name, what makes its folder ready, what is timed."""
        versus = [(Versus(name), make_ready, timed) for name, make_ready, timed in peers]
        for number in range(self.scenario.rounds):
            tell(f"{title}, round {number + 1} of {self.scenario.rounds}")
            for entry, make_ready, timed in versus:
                ready()
                self.scenario.settle()
                ours = self.repair()
                make_ready()
                self.scenario.settle()
                entry.pairs.append(Pair(ours, timed()))
        self.check()
        return report.operation(title, [entry for entry, _, _ in versus])

    def tables(self):
        self.prepare()
        nothing = lambda: None  # noqa: E731
        walks = [(f"bare stat walk, {n} thread" + "s" * (n > 1), nothing,
                  lambda n=n: self.walk(n)) for n in (1, 2)]
        untouched = self.measured(
            "Repair of an untouched folder", nothing,
            walks + [("rsync -a --delete", nothing, self.rsync),
                     ("git status", nothing, lambda: self.git("status", "--porcelain"))])
        changed = self.measured(
            "Repair of a folder with 1% of its files changed", lambda: change(self.out),
            walks + [("rsync -a --delete", lambda: change(self.rsynced), self.rsync),
                     ("git checkout .", lambda: change(self.repository),
                      lambda: self.git("checkout", "-q", "."))])
        return [untouched, changed]
