"""Trees of small files of growing number: what each operation takes, and the peak of memory."""
import os
import statistics

from . import plot, tree
from .bench import Bench
from .measure import tell
from .report import Table, MIB
from .tools import Holt
from .trees import write_files

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
FILE_BYTES = 256
A_FOLDER = 100
ROUNDS = 3
OPERATIONS = ("first snapshot", "second snapshot", "restore by copy")
TREES = 3  # source, restored tree, and what the store takes

PEAK_GOAL = 256 * MIB


def needed(files):
    return TREES * files * 5000


class Growth:
    def __init__(self, place, program, sizes=SIZES, rounds=ROUNDS):
        self.place = place
        self.program = program
        self.sizes = sizes
        self.rounds = rounds
        self.costs = {}  # number of files: operation: costs

    def measure(self):
        for files in self.sizes:
            self.costs[str(files)] = self.at(files)

    def at(self, files):
        scratch = self.place.scratch
        source = os.path.join(scratch, "source")
        tell(f"  {files} files")
        write_files(source, files, FILE_BYTES, A_FOLDER)
        bench = Bench(self.place, source, self.rounds, Holt(source, scratch, self.program))
        costs = {operation: [] for operation in OPERATIONS}
        for number in range(self.rounds):
            tell(f"  growth, {files} files, round {number + 1} of {self.rounds}")
            self.place.settle()
            costs["first snapshot"].append(bench.filled(bench.holt))
            self.place.settle()
            costs["second snapshot"].append(bench.holt.again())
            costs["restore by copy"].append(bench.into_new(bench.holt.restore))
        bench.check(bench.out, "holt restored something else than it took")
        for path in (bench.out, source):
            tree.remove(path)
        bench.holt.clear()
        return {operation: [vars(cost) for cost in all_] for operation, all_ in costs.items()}


def points(record, operation, what):
    """(files, least, median, greatest) for each number of files."""
    for files, costs in record["costs"].items():
        values = [cost[what] for cost in costs[operation]]
        yield int(files), min(values), statistics.median(values), max(values)


def table(record):
    told = Table(f"Growth on {record['place']}: files of {FILE_BYTES} bytes, {A_FOLDER} a folder",
                 ["files"] + [text for operation in OPERATIONS
                              for text in (operation, "us a file", "peak")])
    for files in record["costs"]:
        cells = [f"{int(files):,}"]
        for operation in OPERATIONS:
            costs = record["costs"][files][operation]
            wall = statistics.median(cost["wall"] for cost in costs)
            peak = max(cost["peak"] for cost in costs)
            cells += [f"{wall:.2f} s", f"{wall / int(files) * 1e6:.0f}", f"{peak / MIB:.0f} MiB"]
        told.add(*cells)
    rounds = len(next(iter(record["costs"].values()))[OPERATIONS[0]])
    told.notes.append(f"Medians of {rounds} rounds, the peak the greatest; the last restored tree "
                      f"of each size is equal to its source by rsync -aHAXnc; load average "
                      f"{record['load'][0]} at the start, {record['load'][1]} at the end.")
    return told


def write_plots(record, folder):
    """growth-time.svg and growth-memory.svg; returns their names."""
    os.makedirs(folder, exist_ok=True)
    time = plot.Chart(f"Time beside the number of files ({record['place']}, both axes logarithmic)",
                      "files", "seconds", straight="linear")
    memory = plot.Chart(f"Peak memory beside the number of files ({record['place']})", "files",
                        "MiB")
    for operation in OPERATIONS:
        time.line(operation, list(points(record, operation, "wall")))
        memory.line(operation, [(files, *(value / MIB for value in values))
                                for files, *values in points(record, operation, "peak")])
    memory.limit(PEAK_GOAL / MIB, "goal: 256 MiB")
    names = []
    for name, chart in (("growth-time.svg", time), ("growth-memory.svg", memory)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(chart.svg())
        names.append(name)
    return names
