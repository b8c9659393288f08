"""What a command costs in numbers that do not depend on what else the machine does."""
import os
import re
import subprocess
import tempfile

from .measure import Failed

# libc copies by an instruction that is counted once for each byte, unless told otherwise.
PLAIN_COPIES = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM"}


def checked(command, codes, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, errors="replace", check=False, **options)
    if done.returncode not in codes:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stderr


def instructions(command, codes):
    """Of the process in user space, on one processor."""
    said = checked(["taskset", "-c", "0", "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] + command,
                   codes, env=os.environ | PLAIN_COPIES)
    return int(re.search(r"Collected : *(\d+)", said).group(1))


def calls(command, codes):
    """All system calls of the process, and how many of each; on one processor, where no thread waits for another."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as told:
        checked(["taskset", "-c", "0", "strace", "-f", "-qq", "-c", "-U", "calls,name", "-o", told.name] + command, codes)
        rows = [line.split() for line in told.read().splitlines()]
    return {name: int(count) for count, name in (row for row in rows if len(row) == 2 and row[0].isdigit())
            if name != "total"}


def peak(command, codes):
    """The most memory that it takes, in bytes, with all processors. A process begins with the peak of the one that
    started it, so a small one does."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as told:
        checked(["/usr/bin/time", "--quiet", "-f", "%M", "-o", told.name] + command, codes)
        return int(told.read()) * 1024
