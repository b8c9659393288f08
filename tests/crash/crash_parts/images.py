"""Crash images: what the disk may hold when the power goes.

A cut falls somewhere between two flushes. All that was written before the first of them is on the
disk. Of the writes since, up to the cut, any may be there and any may be missing, in whole or in
part (`STYLES`); those that are there lie in the order in which they were sent, since a disk never
brings back an older content of a sector over a newer one that it has stored.

An image is named by its spec, `WINDOW:SEEN:STYLE:SEED`, from which the same one is made again.
"""
import os
import random
from dataclasses import dataclass

from . import disk
from .log import WRITE, ZERO

# At a flush: just before it, and nothing since the last one has arrived. The others: the first
# writes only; each with a chance; each sector of each with a chance.
AT_FLUSH, PREFIX, SUBSET, TORN = "flush", "prefix", "subset", "torn"
STYLES = (PREFIX, SUBSET, TORN)
CHANCES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Spec:
    window: int
    seen: int  # writes of the window that were sent before the cut
    style: str
    seed: int

    def __str__(self):
        return f"{self.window}:{self.seen}:{self.style}:{self.seed}"

    @classmethod
    def of(cls, text):
        window, seen, style, seed = text.split(":")
        return cls(int(window), int(seen), style, int(seed))


def choose(log, seed):
    """The images of one recording: at every flush, and as many between flushes, in a random order."""
    chance = random.Random(seed)
    specs = [Spec(number, len(window), AT_FLUSH, 0) for number, window in enumerate(log.windows)]
    busy = [number for number, window in enumerate(log.windows) if len(window) > 1]
    for _ in range(len(specs) if busy else 0):
        number = chance.choice(busy)
        seen = chance.randint(1, len(log.windows[number]))
        specs.append(Spec(number, seen, chance.choice(STYLES), chance.randrange(1 << 32)))
    chance.shuffle(specs)
    return specs


def position(log, spec):
    """The cut's place in the log: what was acknowledged up to there must be found."""
    return log.position(log.windows[spec.window].start + spec.seen)


def kept(log, spec, sectors):
    """What has arrived of the window's writes: (entry, first byte, length), in order."""
    if spec.style == AT_FLUSH:
        return
    chance = random.Random(spec.seed)
    share = chance.choice(CHANCES)
    sector = chance.choice(sectors)
    window = log.windows[spec.window]
    for number in window[:spec.seen]:
        entry = log.entries[number]
        if spec.style == PREFIX or (spec.style == SUBSET or entry.kind == ZERO) and chance.random() < share:
            yield entry, 0, entry.length
        elif spec.style == TORN and entry.kind == WRITE:
            for start in range(0, entry.length, sector):
                if chance.random() < share:
                    yield entry, start, min(sector, entry.length - start)


class Builder:
    """Makes images of one recording. `durable` follows the log from flush to flush and only goes
    forward, so ask for images in the order of their windows."""

    def __init__(self, log, base, folder, sectors):
        self.log = log
        self.sectors = sectors
        self.durable = os.path.join(folder, "durable")
        self.image = os.path.join(folder, "image")
        disk.copy(base, self.durable)
        self.done = 0  # entries that `durable` has

    def _apply(self, file, parts):
        for entry, start, length in parts:
            if entry.kind == WRITE:
                content = self.log.content(entry)[start:start + length]
                os.pwrite(file, content, entry.offset + start)
            elif entry.kind == ZERO:
                disk.punch(file, entry.offset, entry.length)

    def build(self, spec):
        """The image's path; the next call makes the next one there."""
        start = self.log.windows[spec.window].start
        assert start >= self.done
        with open(self.durable, "r+b", buffering=0) as file:
            before = self.log.entries[self.done:start]
            self._apply(file.fileno(), ((entry, 0, entry.length) for entry in before))
        self.done = start
        disk.copy(self.durable, self.image)
        with open(self.image, "r+b", buffering=0) as file:
            self._apply(file.fileno(), kept(self.log, spec, self.sectors))
        return self.image
