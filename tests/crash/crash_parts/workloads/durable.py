"""Restores with --durable: what was acknowledged is there, and whatever is there is whole, without any
mending."""
import os

from .. import checks
from ..world import on_disk
from . import restore
from .restore import prepare

__all__ = ["check", "prepare", "record"]


def record(world):
    for version in restore.VERSIONS:
        world.step("restore", version, on_disk(f"durable-{version}"), "--durable")


def check(image):
    checks.whole(image)
    for step in image.steps("restore"):
        version, destination = step.arguments[1:3]
        if image.acknowledged(step) or os.path.lexists(destination):
            image.same(f"{destination}, which was durable", image.recording.models[version], destination)
        restore.mend(image, step)
    checks.nothing_beside(image, *(os.path.basename(step.arguments[2]) for step in image.steps("restore")))
    checks.snapshots(image, always=restore.VERSIONS)
