"""Tells the results: a table for people, or the same as Markdown for bench/results."""
import os
import platform
import re

MIB = 1 << 20

OPERATIONS = {"first": "first snapshot", "second": "second snapshot, nothing changed",
              "restore": "restore by copy", "link": "restore by hard link",
              "repair untouched": "repair, untouched", "repair 1% changed": "repair, 1% changed"}


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
    return ", ".join(f"{value:.1f}" for value in os.getloadavg())


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
        rows = [self.head] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.head))]

        def line(row):
            first, *rest = row
            cells = [first.ljust(widths[0])] + [c.rjust(w) for c, w in zip(rest, widths[1:])]
            return "  " + "  ".join(cells).rstrip()

        return "\n".join(["", self.title, line(self.head)] + [line(row) for row in self.rows] +
                         ["  " + note for note in self.notes])

    def as_markdown(self):
        lines = ["", f"**{self.title}**", "", "| " + " | ".join(self.head) + " |",
                 "|---" + "|---:" * (len(self.head) - 1) + "|"]
        lines += ["| " + " | ".join(row).replace("  ", " ") + " |" for row in self.rows]
        if self.notes:
            lines += [""] + ["- " + note for note in self.notes]
        return "\n".join(lines)


COLUMNS = ["time, peer / holt", "CPU, peer / holt", "holt", "peer", "peak, holt and peer"]


def cells(entry):
    """What the columns say of one operation beside one peer."""
    peaks = [entry.peak(side) / MIB for side in ("holt", "peer")]
    return (spread(entry, "wall"), spread(entry, "cpu"),
            f"{entry.median('holt', 'wall'):.2f} s", f"{entry.median('peer', 'wall'):.2f} s",
            f"{peaks[0]:.0f}" + (f" and {peaks[1]:.0f} MiB" if peaks[1] else " MiB"))


def operation_table(title, versus):
    """One operation beside each of its peers."""
    table = Table(title, ["beside"] + COLUMNS)
    for entry in versus:
        table.add(entry.peer, *cells(entry))
    return table


def run_table(record, versus):
    """All operations on one tree in one place beside every peer."""
    found = record["facts"]
    table = Table(f"{record['title']}, on {record['place']}",
                  ["operation, beside"] + COLUMNS)
    notes = {}
    for entry in sorted(versus, key=lambda v: list(OPERATIONS).index(v.operation)):
        name = f"{OPERATIONS[entry.operation]}: {entry.peer}"
        if not entry.pairs:
            table.add(name, entry.note, *[""] * (len(COLUMNS) - 1))
            continue
        table.add(name, *cells(entry))
        if entry.note:
            notes.setdefault(entry.note, []).append(entry.peer)
    rounds = sorted({len(entry.pairs) for entry in versus if entry.pairs})
    table.notes.append(
        f"{found['files']} files, {found['folders']} folders, {found['others']} symlinks, "
        f"{found['bytes'] / 1e6:.0f} MB; {' or '.join(map(str, rounds))} rounds"
        f"{', at real-time priority' if record['real_time'] else ''}; load average "
        f"{record['load'][0]} at the start, {record['load'][1]} at the end.")
    for note, peers in notes.items():
        table.notes.append(f"{', '.join(dict.fromkeys(peers))}: {note}.")
    table.notes += sizes(record)
    return table


def sizes(record):
    """What the stores take, and what a second snapshot adds to them; a list of lines."""
    stores = {name: sizes for name, sizes in record["sizes"].items()}
    if not stores:
        return []
    whole = record["facts"]["bytes"]
    first = ", ".join(f"{name} {sizes[0] / MIB:.1f} MiB ({sizes[0] / max(whole, 1):.1%})"
                      for name, sizes in stores.items())
    lines = [f"Stores, of the tree: {first}."]
    grown = ", ".join(f"{name} {sizes[1] - sizes[0]:,} bytes" for name, sizes in stores.items()
                      if sizes[1] is not None)
    if grown:
        lines.append(f"A second snapshot adds: {grown}.")
    return lines
