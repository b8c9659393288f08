"""What is done while the disk is recorded, and what must be true of each crash image.

A workload has three functions: `prepare(world)` makes the state before the recording, `record(world)`
is what is recorded, and `check(image)` judges one image, in words about the steps that had begun and
those that were acknowledged. They share nothing but what the recording keeps.
"""
from . import archive, atomic, durable, in_place, init, killed, repair, restore, snapshot, together, unpack

WORKLOADS = {
    "init": init,
    "snapshot": snapshot,
    "restore": restore,
    "durable": durable,
    "in-place": in_place,
    "killed": killed,
    "atomic": atomic,
    "repair": repair,
    "archive": archive,
    "unpack": unpack,
    "together": together,
}
