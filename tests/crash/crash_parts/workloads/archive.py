"""An archive is imported, and snapshots are exported to files."""
import os
import shutil

from .. import checks, disk
from ..world import on_disk, sync_tree

VERSIONS = ("v0", "v1")


def prepare(world):
    world.holt("init")
    sync_tree(world.tree("v3"), on_disk("source"))
    for version in VERSIONS:
        world.holt("snapshot", world.tree(version), "--name", version)
    disk.run("tar", "--format=posix", "--xattrs", "-C", world.tree("v2"), "-cf", world.tree("v2.tar"), ".")


def record(world):
    world.step("import", world.tree("v2.tar"), "--name", "v2")
    world.step("export", "v0", on_disk("v0.tar.zst"))
    world.step("export", "v1", on_disk("v1.holt"))
    world.step("export", "v1", on_disk("v0.tar.zst"), "--force")


def exported(image, file, allowed):
    """A file of this name is whole: one of these snapshots."""
    out = os.path.join(image.folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    if image.expect("restore", file, out).returncode != 0:
        return
    models = image.recording.models
    if all(image.differ(models[version], out) for version in allowed):
        for version in allowed:
            image.same(file, models[version], out)


def check(image):
    checks.whole(image)
    allowed = {}
    for step in image.steps("export"):
        version, file = step.arguments[1:3]
        if image.acknowledged(step):
            allowed[file] = [version]
        else:
            allowed.setdefault(file, [None]).append(version)
    for file, versions in allowed.items():
        if os.path.lexists(file):
            exported(image, file, [version for version in versions if version])
        elif None not in versions:
            image.violation(f"{file} was exported and is gone")
    checks.snapshots(image, always=VERSIONS)
    checks.writable(image, on_disk("source"))
    checks.whole(image)
