"""Tells the results: a table for people, or the same as Markdown for docs/BENCHMARKS.md."""
import os
import platform
import re
import statistics

MIB = 1 << 20


def machine():
    """The processor, its cores and the memory, without anything that names one machine."""
    model = platform.machine()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        found = re.search(r"^model name\s*:\s*(.+)$", lines.read(), re.MULTILINE)
        model = found.group(1) if found else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {memory:.0f} GiB of memory, Linux {platform.release()}"


def load():
    return "load average " + ", ".join(f"{value:.1f}" for value in os.getloadavg())


def file_system(path):
    """The type of the file system that `path` lies on."""
    path = os.path.realpath(path)
    best, kind = "", "unknown"
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        for line in mounts:
            _, point, this, *_ = line.split()
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, this
    return kind


def spread(versus, what):
    median, low, high = versus.spread(what)
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


class Table:
    """Rows of text under a head; numbers are formatted by the caller."""

    def __init__(self, title, head):
        self.title = title
        self.head = head
        self.rows = []
        self.notes = []

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def as_text(self):
        widths = [max(len(row[i]) for row in [self.head] + self.rows) for i in range(len(self.head))]

        def line(row):
            first, *rest = row
            cells = [first.ljust(widths[0])] + [c.rjust(w) for c, w in zip(rest, widths[1:])]
            return "  " + "  ".join(cells).rstrip()

        return "\n".join(["", self.title, line(self.head)] + [line(row) for row in self.rows] +
                         ["  " + note for note in self.notes])

    def as_markdown(self):
        lines = ["", f"**{self.title}**", "", "| " + " | ".join(self.head) + " |",
                 "|---" + "|---:" * (len(self.head) - 1) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        if self.notes:
            lines += [""] + ["- " + note for note in self.notes]
        return "\n".join(lines)


def operation(title, versus_list):
    """One operation beside each peer: ratios in time and CPU, and what holt itself took."""
    table = Table(title, ["peer / holt", "time", "CPU", "peer took", "peer's peak"])
    for versus in versus_list:
        table.add(versus.peer, spread(versus, "wall"), spread(versus, "cpu"),
                  f"{versus.median('peer', 'wall'):.2f} s", f"{versus.peak('peer') / MIB:.0f} MiB")
        if versus.note:
            table.notes.append(f"{versus.peer}: {versus.note}.")
    holt = [pair.holt for versus in versus_list for pair in versus.pairs]
    table.notes.append(
        f"holt itself, median of {len(holt)} runs: {statistics.median(c.wall for c in holt):.2f} s "
        f"({min(c.wall for c in holt):.2f} to {max(c.wall for c in holt):.2f}), CPU "
        f"{statistics.median(c.cpu for c in holt):.2f} s; peak memory "
        f"{max(c.peak for c in holt) / MIB:.0f} MiB.")
    return table


def sizes(title, tree_bytes, tools):
    """`tools`: name, size after the first snapshot, and after the second or None."""
    table = Table(title, ["store", "size", "of the tree", "grows by"])
    for name, first, second in tools:
        grown = "" if second is None else f"{(second - first) / first:.3%}"
        table.add(name, f"{first / MIB:.1f} MiB", f"{first / tree_bytes:.2%}", grown)
    return table
