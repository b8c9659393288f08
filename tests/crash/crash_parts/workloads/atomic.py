"""Replacing a restored folder whole: at any moment it is the old tree or the new one."""
from .. import checks
from ..world import on_disk
from .in_place import DESTINATION, VERSIONS, prepare

__all__ = ["check", "prepare", "record"]


def record(world):
    world.step("restore", "v1", DESTINATION, "--atomic")
    world.step("restore", "v2", DESTINATION, "--atomic")


def check(image):
    checks.whole(image)
    models = image.recording.models
    steps = image.steps("restore")
    done = [step.arguments[1] for step in steps if image.acknowledged(step)]
    allowed = [(["v0"] + done)[-1]]
    allowed += [step.arguments[1] for step in steps if not image.acknowledged(step)]
    if all(image.differ(models[version], DESTINATION) for version in allowed):
        for version in allowed:
            image.same("I6: the folder is neither the old tree nor the new one", models[version], DESTINATION)
    again = steps[-1].arguments if steps else ["restore", "v1", DESTINATION, "--atomic"]
    if image.expect(*again).returncode == 0:
        image.same("the folder, replaced again", models[again[1]], DESTINATION)
        image.expect("verify", DESTINATION)
    checks.nothing_beside(image, "folder")
    checks.snapshots(image, always=VERSIONS)
