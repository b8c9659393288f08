"""What the recorder wrote, read back: entries, and the windows between flushes."""
import mmap
import struct
from dataclasses import dataclass

_HEADER = struct.Struct("<IIQQ")  # recorder.cpp has the same
WRITE, ZERO, FLUSH = 1, 2, 3


@dataclass(frozen=True)
class Entry:
    kind: int
    offset: int  # on the disk
    length: int
    data: int  # where a write's bytes begin in the log
    end: int  # the log's length when this entry was the last


class Log:
    """`entries` in the disk's order; `windows`: the ranges of entries that no flush divides. What
    stands before a window is on the disk for good, what stands in it may be there or not."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self.entries = []
        self.windows = []
        first = at = 0
        while at < len(self.bytes):
            kind, _, offset, length = _HEADER.unpack_from(self.bytes, at)
            data = at + _HEADER.size
            at = data + (length if kind == WRITE else 0)
            self.entries.append(Entry(kind, offset, length, data, at))
            if kind == FLUSH:
                self.windows.append(range(first, len(self.entries) - 1))
                first = len(self.entries)
        self.windows.append(range(first, len(self.entries)))

    def position(self, count):
        """The log's length after so many entries."""
        return self.entries[count - 1].end if count else 0

    def content(self, entry):
        return memoryview(self.bytes)[entry.data:entry.data + entry.length]
