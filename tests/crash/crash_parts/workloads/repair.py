"""Repairs of a store without its catalog, with a damaged one and with a good one, and life after."""
import os

from .. import checks
from ..world import on_disk, sync_tree

VERSIONS = ("v0", "v1")


def prepare(world):
    world.holt("init")
    sync_tree(world.tree("v3"), on_disk("source"))
    for version in VERSIONS:
        world.holt("snapshot", world.tree(version), "--name", version)
    catalog = on_disk("store", "catalog.db")
    if world.seed % 3 == 0:
        os.unlink(catalog)
    elif world.seed % 3 == 1:
        with open(catalog, "r+b") as file:
            for page in range(1, os.path.getsize(catalog) // 4096, 2):
                file.seek(page * 4096)
                file.write(b"\xa5" * 2048)


def record(world):
    world.step("repair")
    world.step("snapshot", world.tree("v2"), "--name", "v2")
    world.step("repair")


def check(image):
    first = image.recording.steps[0]
    if image.acknowledged(first) or image.recording.seed % 3 == 2:
        checks.whole(image)
    image.expect("repair")
    checks.snapshots(image, always=VERSIONS)
    checks.writable(image, on_disk("source"))
    checks.whole(image)
