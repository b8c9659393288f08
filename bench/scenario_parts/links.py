"""Restore by hard link: holt hashes every byte that it links, the others look at nothing."""
import os

from . import tree
from .bench import PeerFailed
from .floors import BareTree
from .linkers import CopyLinks, OstreeLinks, Pnpm
from .measure import Failed, tell

PACKAGES = "package-lock.json"


class Links:
    def __init__(self, bench, build, made, original):
        """`original`: the folder that the tree was copied from."""
        self.bench = bench
        where = (bench.source, bench.place.scratch)
        self.peers = [CopyLinks(*where), OstreeLinks(*where),
                      BareTree(*where, build, 1, links=True)]
        project = os.path.dirname(original)
        if os.path.exists(os.path.join(project, PACKAGES)):
            self.peers.append(Pnpm(*where, project, made))

    def measure(self):
        bench, holt = self.bench, self.bench.holt
        bench.ready(holt)
        bench.into_new(holt.link)  # the first one fills the pool
        bench.into_new(holt.link)
        bench.check(bench.out, "holt linked something else than it took", read_only=True)
        for peer in self.peers:
            if not bench.wanted(peer.name):
                continue
            why = peer.missing()
            if not why:
                try:
                    self.beside(peer)
                except PeerFailed as failed:
                    why = str(failed)
                    tell(f"  {peer.name}: {why}")
            if why:
                bench.without("link", peer.name, why)
            peer.clear()
        tree.remove(bench.out)

    def beside(self, peer):
        bench = self.bench
        try:
            if isinstance(peer, (OstreeLinks, Pnpm)):
                peer.make()
                peer.first()
            bench.note_version(peer)
            bench.into_new(peer.link)
        except Failed as failed:
            raise PeerFailed(str(failed)) from failed
        if isinstance(peer, Pnpm):
            made, source = tree.facts(bench.out), tree.facts(bench.source)
            note = (f"made {made.files} files, {made.folders} folders and {made.others} symlinks "
                    f"of {made.bytes / 1e6:.0f} MB, where holt made {source.files}, "
                    f"{source.folders} and {source.others} of {source.bytes / 1e6:.0f} MB")
        else:
            times = "none" if isinstance(peer, OstreeLinks) else "exact"
            wrong = tree.differences(bench.source, bench.out, times=times)
            note = "keeps no times" if times == "none" else ""
            if wrong:
                note += f"{len(wrong)} entries are not as in the source, the first: {wrong[0]}"
        bench.rounds_of("link", peer.name, lambda: bench.into_new(bench.holt.link),
                        lambda: bench.into_new(peer.link), note)
