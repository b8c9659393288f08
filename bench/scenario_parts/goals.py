"""The goals of the project beside what was measured: one table over all trees and places."""
import re

from .report import Table

# What is measured, beside whom (a pattern of names), the most that holt may take of the peer's time
# by place (None: any), and how the goal is told.
GOALS = (
    ("restore", "bare calls", {"tmpfs": 1.30, None: 1.15}, "at most 1.3 (tmpfs), 1.15 (disk)"),
    ("restore", "cp -a|tar$|bsdtar|tar, zstd.*|restic|borg lz4|casync|ostree",
     {None: 1.0}, "ahead"),
    ("link", "cp -al", {None: 1.0}, "no slower"),
    ("link", "ostree checkout -H|pnpm install --offline", {None: 1.0}, "ahead"),
    ("repair untouched", "bare stat walk", {None: 1.5}, "at most 1.5"),
    ("repair 1% changed", "bare stat walk", {None: 2.0}, "at most 2"),
    ("first", "tar, zstd.*|restic|borg lz4|casync|ostree", {None: 1.0}, "ahead"),
    ("second", "bare stat walk", {None: 2.0}, "at most 2"),
)

OF_TAR = "tar, zstd -3 -T0"  # the store is to be no larger than this


def cell(found, most):
    """holt / peer in median, bold where the goal is missed; `found` may have several peers."""
    cells = []
    for entry in found:
        ratio = 1 / entry.spread("wall")[0]
        cells.append(f"{ratio:.2f}" if ratio <= most else f"**{ratio:.2f}**")
    return " ".join(cells)


def table(runs):
    """`runs`: record and its versus, of warm runs."""
    told = Table("Goals: time of holt / time of the peer (below 1.00 holt is ahead), median; bold "
                 "where the goal is missed",
                 ["operation, beside", "goal"] +
                 [f"{record['tree']}, {record['place']}" for record, _ in runs])
    for operation, pattern, limits, goal in GOALS:
        names = dict.fromkeys(entry.peer for _, versus in runs for entry in versus
                              if entry.operation == operation and re.match(pattern, entry.peer))
        for name in names:
            cells = []
            for record, versus in runs:
                most = limits.get(record["place"].split(",")[0], limits[None])
                cells.append(cell([entry for entry in versus if entry.pairs and
                                   (entry.operation, entry.peer) == (operation, name)], most))
            if any(cells):
                told.add(f"{operation}: {name}", goal, *cells)
    cells = [store_cell(record) for record, _ in runs]
    if any(cells):
        told.add("size of the store: tar.zst", "at most 1", *cells)
    return told


def store_cell(record):
    sizes = record["sizes"]
    if "holt" not in sizes or OF_TAR not in sizes:
        return ""
    ratio = sizes["holt"][0] / sizes[OF_TAR][0]
    return f"{ratio:.2f}" if ratio <= 1 else f"**{ratio:.2f}**"
