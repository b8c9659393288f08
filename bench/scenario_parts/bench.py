"""One tree on one file system: rounds of holt and a peer, one right after the other."""
import os
import re

from . import tree
from .measure import Failed, Pair, Versus, tell


class PeerFailed(Failed):
    """A peer did not end well: its rows say so, the others go on."""


class Bench:
    """Where holt and its peers work on a tree, and what came of it."""

    def __init__(self, place, source, rounds, holt, beside="", keep=lambda bench: None):
        """`beside`: a pattern that the names of the peers must match. `keep` is called with this
        after each peer's rounds: hours of measuring must not be lost to one interruption."""
        self.place = place
        self.source = source
        self.rounds = rounds
        self.holt = holt
        self.out = os.path.join(place.scratch, "restored")
        self.beside = re.compile(beside)
        self.keep = keep
        self.versus = []
        self.sizes = {}  # of stores: bytes after the first snapshot and after the second, or None
        self.versions = {}

    def wanted(self, peer):
        return self.beside.search(peer)

    def rounds_of(self, operation, name, ours, theirs, note=""):
        """`ours` and `theirs` run once each in every round and return a Cost."""
        entry = Versus(operation, name, note)
        for number in range(self.rounds):
            tell(f"  {operation} beside {name}, round {number + 1} of {self.rounds}")
            self.place.settle()
            holt = ours()
            self.place.settle()
            try:
                entry.pairs.append(Pair(holt, theirs()))
            except Failed as failed:
                raise PeerFailed(str(failed)) from failed
        self.versus.append(entry)
        self.keep(self)

    def without(self, operation, name, why):
        """A row for what could not be measured."""
        if not any(v.operation == operation and v.peer == name for v in self.versus):
            self.versus.append(Versus(operation, name, f"not measured: {why}"))

    def note_version(self, tool):
        self.versions[tool.name] = tool.version()

    def filled(self, tool):
        """A new store with the first snapshot in it."""
        tool.clear()
        cost = tool.make()
        self.place.settle()
        cost = cost + tool.first()
        if tool.name not in self.sizes:
            self.sizes[tool.name] = (tool.size(), None)
        return cost

    def ready(self, tool):
        if not os.path.exists(tool.store):
            self.filled(tool)

    def into_new(self, restore):
        """Clears the folder that is restored into, and calls restore(folder)."""
        tree.remove(self.out)
        self.place.settle()
        return restore(self.out)

    def check(self, folder, what, **how):
        wrong = tree.differences(self.source, folder, **how)
        if wrong:
            raise Failed(f"{what}: {len(wrong)} entries are not as in the source, the first: "
                         f"{wrong[0]}")
