"""Runs whole processes and says what they cost.

Wall time is what a user waits for; CPU time (user and system, of the process and of all that it
waited for) is steadier on a machine that does other things meanwhile. Peak memory is the largest
resident set of any one process; the harness's own, some 25 MiB, is the least that can show.
"""
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass


@dataclass
class Cost:
    wall: float = 0.0  # seconds
    cpu: float = 0.0  # seconds, user and system
    peak: int = 0  # bytes

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


class Failed(Exception):
    """A measured command did not end well; the text says which and what it printed."""


class Skipped(Failed):
    """Something that this machine does not have; the text says what."""


# What every measured command is started through; chrt when other work must not decide.
prefix = []


def run(command, cwd=None, env=None, codes=(0,)):
    """Runs one command (a list) to its end and returns its Cost. Output is kept for the error."""
    started = time.monotonic()
    process = subprocess.Popen(prefix + command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()  # ends when every process of a pipeline has
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in codes:
        told = errors.decode(errors="replace").strip()
        raise Failed(f"{' '.join(command)}: exit {process.returncode}: {told[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def output(command):
    """Runs a command that times itself; what it printed."""
    done = subprocess.run(prefix + command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def pipeline(script, cwd=None, env=None):
    """Runs a shell pipeline whose every part must succeed."""
    return run(["bash", "-c", "set -o pipefail; " + script], cwd=cwd, env=env)


@dataclass
class Pair:
    """One round: holt and the peer, one right after the other."""
    holt: Cost
    peer: Cost


class Versus:
    """All rounds of one operation beside one peer; no rounds where the note says why."""

    def __init__(self, operation, peer, note=""):
        self.operation = operation
        self.peer = peer
        self.note = note
        self.pairs = []

    def spread(self, what):
        """Median, minimum and maximum of peer / holt in each round: above 1 holt is ahead."""
        values = [getattr(p.peer, what) / max(getattr(p.holt, what), 1e-6) for p in self.pairs]
        return statistics.median(values), min(values), max(values)

    def median(self, side, what):
        return statistics.median(getattr(getattr(p, side), what) for p in self.pairs)

    def peak(self, side):
        return max(getattr(p, side).peak for p in self.pairs)

    def as_record(self):
        """For a file of results."""
        return {"operation": self.operation, "peer": self.peer, "note": self.note,
                "pairs": [asdict(pair) for pair in self.pairs]}

    @classmethod
    def of_record(cls, record):
        versus = cls(record["operation"], record["peer"], record["note"])
        versus.pairs = [Pair(Cost(**pair["holt"]), Cost(**pair["peer"]))
                        for pair in record["pairs"]]
        return versus


def tell(text):
    print(text, file=sys.stderr, flush=True)
