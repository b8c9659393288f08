"""Promises that every workload's store must keep after the power went."""
import json
import os
import shutil

from . import tree
from .world import on_disk


def names(image):
    """The snapshots that the store shows."""
    told = image.expect("list", "--json").stdout
    lines = [json.loads(line) for line in told.splitlines()]
    return {line["name"] for line in lines if line["type"] == "snapshot"}


def restored(image, name):
    """Where a snapshot was restored to, outside of the disk; None when it could not be."""
    out = os.path.join(image.folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    return out if image.expect("restore", name, out).returncode == 0 else None


def snapshots(image, always=()):
    """What was acknowledged is there, nothing is that was never begun, and all that is there comes
    back byte for byte. `always`: those that were durable before the recording."""
    begun, acknowledged = set(always), set(always)
    for step in image.recording.steps:
        if "--name" not in step.arguments or not image.begun(step):
            continue
        name = step.arguments[step.arguments.index("--name") + 1]
        begun.add(name)
        if image.acknowledged(step):
            acknowledged.add(name)
    found = names(image)
    for name in sorted(acknowledged - found):
        image.violation(f"I1: snapshot {name} was acknowledged and is gone")
    for name in sorted(found - begun):
        image.violation(f"I2: snapshot {name} was never taken")
    for name in sorted(found & begun):
        out = restored(image, name)
        if out:
            image.same(f"I1: snapshot {name}", image.recording.models[name], out)


def whole(image):
    """The store is in order, by its own word."""
    image.expect("verify")


def writable(image, source):
    """The next snapshot succeeds, without anyone removing a lock, and is what lies in `source` now:
    nothing that is remembered of it may be believed beyond what the disk kept."""
    if image.expect("snapshot", source, "--name", "after the crash").returncode != 0:
        return
    out = restored(image, "after the crash")
    if out:
        image.same("the next snapshot", tree.model(source), out)
    left = os.listdir(on_disk("store", "tmp"))
    if left:
        image.violation(f"I5: the next snapshot left {left} in the store's tmp/")


def nothing_beside(image, *expected):
    """Nothing hidden is left beside the folders that were restored to."""
    known = {"store", "source", "noise", "lost+found", *expected}
    for name in sorted(set(os.listdir(on_disk())) - known):
        image.violation(f"I5: {name} is left beside the destination")
