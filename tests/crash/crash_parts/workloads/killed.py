"""Commands are killed, done again, and then the power goes: what recovers from one fault meets another."""
from .. import checks
from ..world import on_disk, sync_tree
from . import in_place
from .in_place import DESTINATION


def prepare(world):
    in_place.prepare(world)
    sync_tree(world.tree("v3"), on_disk("source"))
    world.recording.models["v3 again"] = world.recording.models["v3"]
    world.killed("restore", "v1", DESTINATION)


def record(world):
    world.step("restore", "v1", DESTINATION)
    world.killed("snapshot", on_disk("source"), "--name", "v3")
    world.step("snapshot", on_disk("source"), "--name", "v3 again")
    world.killed("restore", "v2", DESTINATION)
    world.step("restore", "v2", DESTINATION)
    world.killed("repair")
    world.step("repair")


def check(image):
    in_place.check(image)
    image.expect("repair")
    checks.snapshots(image, always=in_place.VERSIONS)
    checks.writable(image, on_disk("source"))
    checks.whole(image)
