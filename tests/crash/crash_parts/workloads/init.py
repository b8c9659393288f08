"""A new store and its first snapshot."""
import os

from .. import checks
from ..world import on_disk, sync_tree


def prepare(world):
    sync_tree(world.tree("v0"), on_disk("source"))


def record(world):
    world.step("init")
    world.step("snapshot", on_disk("source"), "--name", "v0")


def check(image):
    if any(image.acknowledged(step) for step in image.steps("init")):
        checks.whole(image)
    elif not os.path.exists(on_disk("store", "catalog.db")) or image.program.run("list").returncode != 0:
        image.expect("init")
    checks.snapshots(image)
    checks.writable(image, on_disk("source"))
    checks.whole(image)
