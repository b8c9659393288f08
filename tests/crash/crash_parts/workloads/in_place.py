"""A restored folder is damaged by a program, mended in place, and given other snapshots."""
from .. import checks
from ..world import on_disk

DESTINATION = on_disk("folder")
VERSIONS = ("v0", "v1", "v2")
# Right, different, or marked as incomplete: a restore that is not durable may come back with its mark.
TOLD = (0, 1, 3)


def prepare(world):
    world.holt("init")
    for version in VERSIONS:
        world.holt("snapshot", world.tree(version), "--name", version)
    world.holt("restore", "v0", DESTINATION, "--durable")


def record(world):
    with open(on_disk("folder", "sparse"), "ab") as file:
        file.write(b"appended by a program")
    world.step("restore", "v0", DESTINATION)
    world.step("restore", "v1", DESTINATION)
    world.step("verify", DESTINATION)
    world.step("restore", "v2", DESTINATION)


def check(image):
    checks.whole(image)
    models = image.recording.models
    steps = image.steps("restore")
    # A restore that is not durable may be undone; but nothing else than the tree that is there is right.
    begun = sorted({"v0", *(step.arguments[1] for step in steps)})
    right = [version for version in begun if not image.differ(models[version], DESTINATION)]
    if not right and image.expect("verify", DESTINATION, codes=TOLD).returncode == 0:
        image.violation("verify calls the folder right, and it is none of " + ", ".join(begun))
    for version in begun:
        told = image.expect("verify", DESTINATION, "--against", version, codes=TOLD).returncode
        if told == 0:
            image.same("verify calls the folder right", models[version], DESTINATION)
    again = steps[-1].arguments if steps else ["restore", "v0", DESTINATION]
    if image.expect(*again).returncode == 0:
        image.same("the folder, restored again", models[again[1]], DESTINATION)
        image.expect("verify", DESTINATION)
    checks.nothing_beside(image, "folder")
    checks.snapshots(image, always=VERSIONS)
