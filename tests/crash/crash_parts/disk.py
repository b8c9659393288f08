"""File systems in image files: making, mounting, checking, and recording what reaches the disk.

All of it happens in a mount namespace of this process's own, so that whatever ends it leaves nothing
mounted. The mount point has the same path in every run: a store remembers restored folders by path.
"""
import contextlib
import ctypes
import os
import subprocess
import time
import uuid
from dataclasses import dataclass

MOUNT_POINT = "/tmp/holt-crash-disk"
BOOT_ID = "/proc/sys/kernel/random/boot_id"
_PUNCH = 1 | 2  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


class Failed(Exception):
    """The harness cannot go on; the text says why."""


@dataclass(frozen=True)
class Kind:
    name: str
    size: int  # bytes; mkfs has a least size for each
    make: tuple  # the command, but for the image
    check: tuple  # the same for looking whether it is whole, after its journal was replayed
    sectors: tuple  # how a write may be torn: btrfs is made for 4 KiB at least


KINDS = {
    "ext4": Kind("ext4", 128 << 20, ("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"),
                 ("e2fsck", "-f", "-n"), (512, 4096)),
    "xfs": Kind("xfs", 304 << 20, ("mkfs.xfs", "-q"), ("xfs_repair", "-n"), (512, 4096)),
    "btrfs": Kind("btrfs", 160 << 20, ("mkfs.btrfs", "-q"), ("btrfs", "check", "--readonly"), (4096,)),
}


def run(*command):
    """Runs a command that must succeed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def make(kind, image):
    with open(image, "wb") as new:
        new.truncate(kind.size)
    run(*kind.make, image)


def mount(image):
    run("mount", "-o", "loop", image, MOUNT_POINT)


def unmount():
    run("umount", MOUNT_POINT)


def is_whole(kind, image):
    """Whether the file system's own checker, which changes nothing, finds it in order."""
    return subprocess.run([*kind.check, image], stdin=subprocess.DEVNULL, capture_output=True,
                          check=False).returncode == 0


def punch(file, offset, length):
    if _libc.fallocate(file, _PUNCH, offset, length) != 0:
        raise Failed(f"cannot punch a hole: {os.strerror(ctypes.get_errno())}")


def copy(image, to):
    """Copies an image without filling its holes."""
    with open(image, "rb") as source, open(to, "wb") as target:
        size = os.fstat(source.fileno()).st_size
        target.truncate(size)
        end = 0
        while end < size:
            try:
                start = os.lseek(source.fileno(), end, os.SEEK_DATA)
            except OSError:  # only a hole is left
                return
            end = os.lseek(source.fileno(), start, os.SEEK_HOLE)
            os.lseek(target.fileno(), start, os.SEEK_SET)
            while start < end:
                start += os.sendfile(target.fileno(), source.fileno(), start, end - start)


@contextlib.contextmanager
def another_boot(folder):
    """Inside, the kernel seems to have been started anew."""
    shown = os.path.join(folder, "boot_id")
    with open(shown, "w", encoding="ascii") as file:
        file.write(f"{uuid.uuid4()}\n")
    run("mount", "--bind", shown, BOOT_ID)
    try:
        yield
    finally:
        run("umount", BOOT_ID)


class Recorded:
    """A mounted file system whose disk keeps a log (recorder.cpp); use it in a `with`."""

    def __init__(self, recorder, work, image, log):
        self.command = [recorder, os.path.join(work, "fuse"), image, log]
        self.log = log
        self.device = None
        self.server = None

    def position(self):
        """The point in the disk's life that has been reached: the log's length."""
        return os.path.getsize(self.log)

    def __enter__(self):
        os.makedirs(self.command[1], exist_ok=True)
        self.server = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)
        disk = os.path.join(self.command[1], "disk")
        while not os.path.exists(disk):
            if self.server.poll() is not None:
                raise Failed("the recorder did not start")
            time.sleep(0.01)
        self.device = run("losetup", "-f", "--show", "--direct-io=on", disk).strip()
        run("mount", self.device, MOUNT_POINT)
        return self

    def __exit__(self, *_):
        run("umount", MOUNT_POINT)
        run("losetup", "-d", self.device)
        # The device lets go of the disk a moment after it was detached.
        for _ in range(200):
            if subprocess.run(["umount", self.command[1]], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.02)
        self.server.wait()
