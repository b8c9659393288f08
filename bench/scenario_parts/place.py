"""Where a run works: a new folder on a file system of a wanted kind, with room, quiet before each
measured process, and with the page cache dropped where that is asked for."""
import os
import subprocess
import tempfile

from .measure import Skipped

SPARE = 512 << 20  # bytes left to others
BLOCK = 4096  # what the smallest file takes

DROP = "/proc/sys/vm/drop_caches"


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


def find(wanted):
    """A folder to work in: `wanted` itself if it is one, else one on a file system of that kind."""
    if os.path.isdir(wanted):
        return wanted
    for folder in ("/dev/shm", tempfile.gettempdir(), "/var/tmp", os.path.expanduser("~"),
                   os.getcwd()):
        if os.path.isdir(folder) and os.access(folder, os.W_OK) and file_system(folder) == wanted:
            return folder
    raise Skipped(f"there is neither a folder {wanted} nor one to write to on a file system of "
                  "that kind")


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def lacking(folder, needed):
    """What is missing for `needed` bytes in `folder`, as words; "" when there is room."""
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    what = "on the disk"
    if file_system(folder) == "tmpfs":
        free, what = min(free, available_memory()), "in memory"
    if free >= needed + SPARE:
        return ""
    return (f"needs {needed / 2**30:.1f} GiB {what} and {SPARE / 2**30:.1f} GiB to spare; there "
            f"are {free / 2**30:.1f}")


def cannot_drop():
    """Why caches cannot be dropped; "" when they can."""
    return "" if os.access(DROP, os.W_OK) else f"only root may write {DROP}"


class Place:
    """A folder that is removed at the end; `settle` is called before each measured process."""

    def __init__(self, wanted, cold=False):
        self.folder = find(wanted)
        self.kind = file_system(self.folder)
        self.cold = cold
        self.scratch = None

    def name(self):
        return self.kind + (", caches dropped" if self.cold else "")

    def settle(self):
        """On a disk what one tool left in the page cache would be written while the next runs."""
        if self.kind != "tmpfs" or self.cold:
            # This file system only: what others write to theirs would be waited for, too.
            subprocess.run(["sync", "-f", self.folder], check=True)
        if self.cold:
            with open(DROP, "w", encoding="ascii") as drop:
                drop.write("3")

    def __enter__(self):
        self.scratch = tempfile.mkdtemp(prefix="holt-bench-", dir=self.folder)
        return self

    def __exit__(self, *_):
        subprocess.run(["rm", "-rf", self.scratch], check=False)
