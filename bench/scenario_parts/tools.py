"""What is run side by side: one class for each tool, the same few operations.

make()     an empty store (of tar and cp: nothing)
first()    the first snapshot into it
again()    a further snapshot of the same tree
restore()  the newest snapshot into a folder that is not there yet
link()     the same with hard links to what is stored
Each returns a Cost and leaves the store for the next. Options are the tool's own defaults unless
the name says otherwise; only output is turned down.
"""
import os
import shutil
import subprocess

from .measure import Cost, run
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

    def missing(self):
        """Why it cannot be run here; "" when it can."""
        return "" if shutil.which(self.program) else f"{self.program} is not installed"

    def version(self):
        return first_line([self.program, "--version"])


def first_line(command):
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
        return run(self.command("restore", "latest", destination, "--link", "copy"))

    def link(self, destination):
        return run(self.command("restore", "latest", destination, "--link", "require-hardlink"))

    def version(self):
        return first_line([self.program, "version"])
