"""Records workloads, cuts the power in the recordings, and judges each image."""
import contextlib
import os
import pickle
import random
import shutil
import time

from . import disk, images
from .log import Log
from .workloads import WORKLOADS
from .world import Image, Noise, Program, Recording, World, on_disk

SHOWN = 300  # characters of a violation


class Tools:
    """The programs that a campaign needs."""

    def __init__(self, options):
        self.holt = options.holt
        self.recorder = options.recorder
        self.preload = options.preload


def record(folder, tools, kind, workload, seed):
    """One recording in a new `folder`: base image, log and what was done."""
    os.makedirs(folder)
    base, log = os.path.join(folder, "base"), os.path.join(folder, "log")
    written = os.path.join(folder, "disk")
    recording = Recording(kind.name, workload, seed)
    world = World(recording, Program(tools.holt), folder)
    disk.make(kind, base)
    disk.mount(base)
    try:
        os.mkdir(on_disk("noise"))
        WORKLOADS[workload].prepare(world)
    finally:
        disk.unmount()
    disk.copy(base, written)
    world.program = Program(tools.holt, tools.preload)
    with disk.Recorded(tools.recorder, folder, written, log) as recorded:
        world.position = recorded.position
        noise = Noise(seed)
        if seed % 4 < 2:
            WORKLOADS[workload].record(world)
        else:
            with noise:
                WORKLOADS[workload].record(world)
        noise.settle()
        disk.run("sync", "-f", disk.MOUNT_POINT)
    os.unlink(written)
    shutil.rmtree(world.trees)
    with open(os.path.join(folder, "recording"), "wb") as file:
        pickle.dump(recording, file)
    return recording


def load(folder):
    with open(os.path.join(folder, "recording"), "rb") as file:
        return pickle.load(file)


class Verdict:
    """Of one image: what was broken; or that the file system itself did not come back."""

    def __init__(self, spec, violations, mountable):
        self.spec = spec
        self.violations = violations
        self.mountable = mountable


class Judge:
    """Builds the images of one recording and judges them, in the order of their windows."""

    def __init__(self, folder, tools, recording):
        self.folder = os.path.join(folder, "images")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        self.recording = recording
        self.kind = disk.KINDS[recording.kind]
        self.program = Program(tools.holt)
        self.log = Log(os.path.join(folder, "log"))
        self.builder = images.Builder(self.log, os.path.join(folder, "base"), self.folder, self.kind.sectors)

    def judge(self, spec):
        built = self.builder.build(spec)
        # A power cut is followed by another boot; where a disk was pulled out, by another mount only.
        rebooted = random.Random(str(spec)).random() < 0.5
        with disk.another_boot(self.folder) if rebooted else contextlib.nullcontext():
            try:
                disk.mount(built)
            except disk.Failed as failed:
                return Verdict(spec, [str(failed)], mountable=False)
            violations = self._check_mounted(spec)
        if violations and not disk.is_whole(self.kind, built):
            return Verdict(spec, ["fsck finds the file system damaged", *violations], mountable=False)
        return Verdict(spec, violations, mountable=True)

    def _check_mounted(self, spec):
        image = Image(self.recording, self.program, self.folder, images.position(self.log, spec))
        try:
            WORKLOADS[self.recording.workload].check(image)
        except OSError as error:  # of a model: the file system does not give what it shows
            image.violation(f"the harness cannot read: {error}")
        finally:
            disk.unmount()
        return image.violations


class Campaign:
    """Many recordings, in turn over file systems and workloads, until each has its share of images."""

    def __init__(self, options, results, tell):
        self.options = options
        self.results = results
        self.tell = tell
        self.tools = Tools(options)
        self.cells = [(kind, workload) for kind in options.fs for workload in options.only]
        self.share = -(-options.images // len(self.cells))

    def run(self):
        while True:
            cell = min(self.cells, key=lambda cell: self.results.images(*cell))
            wanted = self.share - self.results.images(*cell)
            if wanted <= 0:
                return
            self.one(*cell, wanted)
            if self.options.until_unclean and self.results.unclean():
                return

    def one(self, kind, workload, wanted):
        """One recording and up to `wanted` of its images."""
        seed = self.options.seed + self.results.recordings(kind, workload)
        folder = os.path.join(self.options.work, f"{kind}-{workload}-{seed}")
        started = time.monotonic()
        recording = record(folder, self.tools, disk.KINDS[kind], workload, seed)
        judge = Judge(folder, self.tools, recording)
        all_specs = images.choose(judge.log, seed)
        specs = sorted(all_specs[:wanted], key=lambda spec: spec.window)
        unclean = []
        with self.results.recording(kind, workload, seed, len(judge.log.windows)) as line:
            for spec in specs:
                verdict = judge.judge(spec)
                line.add(verdict)
                if verdict.mountable and verdict.violations:
                    if not unclean:
                        self.keep(folder)
                    unclean.append(verdict)
                    self.tell_unclean(recording, verdict)
                if unclean and (self.options.until_unclean or len(unclean) >= self.options.stop_after):
                    break
        self.tell(f"{kind} {workload}, seed {seed}: {len(judge.log.windows) - 1} flushes, {line.images} images of "
                  f"{len(all_specs)}, {len(unclean)} unclean, {time.monotonic() - started:.0f} s")
        shutil.rmtree(folder)
        if line.images == 0:
            raise disk.Failed(f"no image of {kind} could be mounted")

    def tell_unclean(self, recording, verdict):
        kept = os.path.join(self.options.keep, f"{recording.kind}-{recording.workload}-{recording.seed}")
        done = [" ".join(step.arguments) for step in recording.steps]
        self.tell(f"UNCLEAN {recording.kind} {recording.workload} (steps: {'; '.join(done)})")
        for violation in verdict.violations:
            self.tell(f"    {violation[:SHOWN]}")
        self.tell(f"    again: ./dev faults --crash --again {kept} --image {verdict.spec} --keep-image {kept}/image")

    def keep(self, folder):
        """An unclean image can be made again from its recording."""
        kept = os.path.join(self.options.keep, os.path.basename(folder))
        shutil.rmtree(kept, ignore_errors=True)
        os.makedirs(kept)
        disk.copy(os.path.join(folder, "base"), os.path.join(kept, "base"))
        for name in ("log", "recording"):
            shutil.copy(os.path.join(folder, name), kept)


def again(options, tell):
    """Judges images of a recording that was kept; the number of unclean ones."""
    recording = load(options.again)
    folder = os.path.join(options.work, "again")
    os.makedirs(folder)
    for name in ("base", "log"):
        disk.copy(os.path.join(options.again, name), os.path.join(folder, name))
    judge = Judge(folder, Tools(options), recording)
    specs = [images.Spec.of(text) for text in options.image] or images.choose(judge.log, recording.seed)
    unclean = 0
    for spec in sorted(specs, key=lambda spec: spec.window):
        if options.keep_image:
            disk.copy(judge.builder.build(spec), options.keep_image)
            tell(f"{spec}: {options.keep_image} is the image as the crash left it")
        verdict = judge.judge(spec)
        unclean += bool(verdict.violations)
        place = images.position(judge.log, spec)
        for step in recording.steps:
            state = "not begun" if step.begin > place else "begun"
            if step.end is not None and step.end <= place:
                state = "acknowledged"
            tell(f"{spec}: {state}: {' '.join(step.arguments)}")
        for violation in verdict.violations:
            tell(f"    {violation}")
    tell(f"{len(specs)} images, {unclean} unclean")
    return unclean

