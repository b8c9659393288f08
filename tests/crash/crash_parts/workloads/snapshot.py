"""Snapshots of a folder that changes meanwhile and is never forced to the disk itself."""
import time

from .. import checks
from ..world import on_disk, sync_tree


def prepare(world):
    world.holt("init")
    sync_tree(world.tree("v0"), on_disk("source"))
    world.holt("snapshot", on_disk("source"), "--name", "v0")


def record(world):
    for version in ("v1", "v2", "v3"):
        sync_tree(world.tree(version), on_disk("source"))
        # Files that changed just now are not remembered; in every other recording they are older.
        time.sleep(0.05 * (world.seed % 2))
        world.step("snapshot", on_disk("source"), "--name", version)


def check(image):
    checks.whole(image)
    checks.snapshots(image, always=["v0"])
    checks.writable(image, on_disk("source"))
    checks.whole(image)
