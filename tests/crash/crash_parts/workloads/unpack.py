"""An archive is restored durably, without a store: whatever stands at the destination is whole."""
import os
import shutil

from .. import checks, disk
from ..world import on_disk

DESTINATION = on_disk("unpacked")
ARCHIVE = on_disk("source", "v2.tar")


def prepare(world):
    world.holt("init")
    os.mkdir(on_disk("source"))
    made = world.tree("v2.tar")
    disk.run("tar", "--format=posix", "--xattrs", "-C", world.tree("v2"), "-cf", made, ".")
    shutil.copy(made, ARCHIVE)


def record(world):
    world.step("restore", ARCHIVE, DESTINATION, "--durable")


def check(image):
    expected = image.recording.models["v2"]
    step = image.recording.steps[0]
    if image.acknowledged(step) or os.path.lexists(DESTINATION):
        image.same("what was unpacked durably", expected, DESTINATION)
    elif image.expect(*step.arguments).returncode == 0:
        image.same("what was unpacked again", expected, DESTINATION)
        checks.nothing_beside(image, os.path.basename(DESTINATION))
