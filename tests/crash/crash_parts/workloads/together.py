"""Several commands at once: two snapshots, a durable restore and a repair of a healthy store."""
import os

from .. import checks
from ..world import on_disk, sync_tree

DESTINATION = on_disk("restored")


def prepare(world):
    world.holt("init")
    sync_tree(world.tree("v0"), on_disk("source"))
    world.holt("snapshot", on_disk("source"), "--name", "v0")


def record(world):
    world.together(["snapshot", world.tree("v1"), "--name", "v1"], ["snapshot", world.tree("v2"), "--name", "v2"],
                   ["restore", "v0", DESTINATION, "--durable"])
    world.together(["snapshot", world.tree("v3"), "--name", "v3"], ["repair"])


def check(image):
    checks.whole(image)
    checks.snapshots(image, always=["v0"])
    models = image.recording.models
    for step in image.steps("restore"):
        if image.acknowledged(step) or os.path.lexists(DESTINATION):
            image.same("the folder, which was durable", models["v0"], DESTINATION)
        if image.expect(*step.arguments).returncode == 0:
            image.same("the folder, restored again", models["v0"], DESTINATION)
    checks.nothing_beside(image, os.path.basename(DESTINATION))
    checks.writable(image, on_disk("source"))
    checks.whole(image)
