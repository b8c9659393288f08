"""First snapshot, second snapshot and restore by copy, beside tools that copy, pack or keep."""
import os

from . import tree
from .archivers import Bsdtar, Copy, Tar, TarZstd
from .bench import PeerFailed
from .floors import BareTree, Find, StatWalk
from .measure import Failed, tell
from .stores import Borg, Casync, Ostree, Restic

SNAPSHOT_PEERS = (Copy, TarZstd, Restic, Borg, Casync, Ostree)
RESTORE_ONLY = (Tar, Bsdtar)


class Snapshots:
    def __init__(self, bench, build, chosen):
        self.bench = bench
        self.chosen = chosen
        self.holt = bench.holt
        where = (bench.source, bench.place.scratch)
        self.floor = BareTree(*where, build, os.cpu_count())
        self.walks = [Find(*where), StatWalk(*where, build, 1), StatWalk(*where, build, 2)]
        self.peers = [kind(*where) for kind in SNAPSHOT_PEERS + RESTORE_ONLY]

    def measure(self):
        self.bench.ready(self.holt)
        self.check_holt()
        if "second" in self.chosen:
            self.again(self.holt)
            for walk in filter(self.wanted, self.walks):
                self.bench.rounds_of("second", walk.name, self.holt.again, walk.again)
        if "restore" in self.chosen and self.wanted(self.floor):
            self.restore(self.floor)
        for peer in filter(self.wanted, self.peers):
            self.beside(peer)
        self.check_holt()

    def wanted(self, peer):
        return self.bench.wanted(peer.name)

    def operations(self, peer):
        """What of the chosen operations the peer can do."""
        names = ["restore"] if isinstance(peer, RESTORE_ONLY) else ["first", "second", "restore"]
        return [name for name in names
                if name in self.chosen and (name != "second" or peer.keeps_history)]

    def beside(self, peer):
        wanted = self.operations(peer)
        why = peer.missing()
        if not why and wanted:
            self.bench.note_version(peer)
            try:
                for name in wanted:
                    getattr(self, name)(peer)
            except PeerFailed as failed:
                why = str(failed)
                tell(f"  {peer.name}: {why}")
        peer.clear()
        if why:
            for name in wanted:
                self.bench.without(name, peer.name, why)

    def first(self, peer):
        bench = self.bench
        bench.rounds_of("first", peer.name, lambda: bench.filled(self.holt),
                        lambda: bench.filled(peer))

    def again(self, tool):
        """The second snapshot in a store that has one: what it adds."""
        self.bench.ready(tool)
        before = tool.size()
        tool.again()
        self.bench.sizes[tool.name] = (before, tool.size())

    def second(self, peer):
        self.tried(lambda: self.again(peer))
        self.again(self.holt)
        self.bench.rounds_of("second", peer.name, self.holt.again, peer.again)

    def restore(self, peer):
        bench = self.bench
        note = ""
        if peer is not self.floor:
            self.tried(lambda: bench.ready(peer))
            note = self.fidelity(peer)
        bench.rounds_of("restore", peer.name, lambda: bench.into_new(self.holt.restore),
                        lambda: bench.into_new(peer.restore), note)
        tree.remove(bench.out)

    @staticmethod
    def tried(step):
        try:
            return step()
        except Failed as failed:
            raise PeerFailed(str(failed)) from failed

    def check_holt(self):
        self.bench.ready(self.holt)
        self.bench.into_new(self.holt.restore)
        self.bench.check(self.bench.out, "holt restored something else than it took")
        tree.remove(self.bench.out)

    def fidelity(self, peer):
        """Restores once and says what of the tree did not come back; "" when everything did."""
        bench = self.bench
        self.tried(lambda: bench.into_new(peer.restore))
        where = peer.restored(bench.out)
        for times, lost in (("exact", ""), ("seconds", "keeps times to the second only"),
                            ("none", "keeps no times")):
            lines = tree.differences(bench.source, where, times=times)
            if not lines:
                return lost
            if lines == [".d..t...... ./"]:
                return "all but the time of the root folder itself is as in the source"
        return f"{len(lines)} entries are not as in the source, the first: {lines[0]}"
