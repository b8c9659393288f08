"""Restores into new folders: written, hard-linked, and as the file system does it best.

They need not survive. But what did not is never called right, and the same command mends it.
"""
import os

from .. import checks
from ..world import on_disk

VERSIONS = ("v0", "v1")
# The destination and the options, in the order in which they are restored.
RESTORES = (("copied", "v0", ("--link", "copy")), ("linked", "v0", ("--link", "hardlink")),
            ("automatic", "v1", ()))


def prepare(world):
    world.holt("init")
    for version in VERSIONS:
        world.holt("snapshot", world.tree(version), "--name", version)


def record(world):
    for name, version, options in RESTORES:
        world.step("restore", version, on_disk(name), *options)


def mend(image, step, linked=False):
    """Verify calls only a right tree right, and the same command again makes it right."""
    version, destination = step.arguments[1:3]
    expected = image.recording.models[version]
    if os.path.lexists(destination):
        if image.expect("verify", destination, codes=(0, 1, 13)).returncode == 0:
            image.same(f"verify calls {destination} right", expected, destination, linked)
    if image.expect(*step.arguments).returncode == 0:
        image.same(f"{destination} restored again", expected, destination, linked)
        # Without its write bits a linked file differs from the snapshot, and verify says so.
        image.expect("verify", destination, codes=(0, 1) if linked else (0,))


def check(image):
    checks.whole(image)
    for step in image.steps("restore"):
        mend(image, step, linked="hardlink" in step.arguments)
    checks.nothing_beside(image, *(os.path.basename(step.arguments[2]) for step in image.steps("restore")))
    checks.snapshots(image, always=VERSIONS)
    checks.whole(image)
