"""The least that an operation can cost: the system calls that it must make, and nothing else."""
import os

from .measure import Cost, output, run
from .tools import Tool


def threads(count):
    return f"{count} thread" + ("s" if count > 1 else "")


class Floor(Tool):
    def missing(self):
        return "" if os.path.exists(self.program) else f"{self.program} is not built"

    def version(self):
        return ""  # this project's own


class BareTree(Floor):
    """bench/bare_tree.cpp: the same folders and files made from memory, or linked, by the fewest
    calls. Its own clock counts, which starts when the source has been read."""
    keeps_history = False

    def __init__(self, source, scratch, build, count, links=False):
        self.name = f"bare {'links' if links else 'calls'}, {threads(count)}"
        super().__init__(source, scratch)
        self.program = os.path.join(build, "bench", "bench_bare_tree")
        self.options = ["--threads", str(count)] + (["--links"] if links else [])

    def restore(self, destination):
        told = output([self.program, self.source, destination] + self.options)
        wall, _, rest = told.partition(" s, processor ")
        return Cost(float(wall), float(rest.split(" s")[0]), 0)

    link = restore


class Find(Tool):
    """Looking at every file with find."""
    name = "find -printf"
    program = "find"

    def again(self):
        return run(["find", self.source, "-printf", "%i %s %T@ %C@ %p\\n"])


class StatWalk(Floor):
    """bench/stat_walk.cpp: the same with the fewest system calls, on some threads."""

    def __init__(self, source, scratch, build, count):
        self.name = f"bare stat walk, {threads(count)}"
        super().__init__(source, scratch)
        self.program = os.path.join(build, "bench", "bench_stat_walk")
        self.count = count

    def again(self):
        return run([self.program, self.source, str(self.count)])
