"""What a workload works with: a store on the disk under test, trees outside of it, and the steps.

A step is one run of holt. While it is recorded, the places in the log where it began and where its
success was known are kept, and that is all that a check needs to say what must have survived.
"""
import concurrent.futures
import os
import random
import subprocess
import threading
import time
from dataclasses import dataclass, field

from . import disk, tree

VERSIONS = 4
FORCED = 12  # files that others force to the disk after the last step
KILL_WITHIN = 0.05  # seconds: a snapshot or a restore of these trees takes about so long


@dataclass
class Step:
    arguments: list
    begin: int  # the log's length
    end: int | None = None  # None: it never ended well


@dataclass
class Recording:
    """All of a recording but the base image and the log; it is kept as a pickle."""
    kind: str
    workload: str
    seed: int
    steps: list = field(default_factory=list)
    models: dict = field(default_factory=dict)  # of the trees "v0", "v1", ...


class Program:
    """Runs holt on the store of the disk under test."""

    def __init__(self, path, preload=()):
        """`preload`: variables that put another library before libc."""
        self.path = path
        self.environment = {**os.environ, "HOLT_STORE": on_disk("store"), "NO_COLOR": "1", **dict(preload)}

    def run(self, *arguments):
        return subprocess.run([self.path, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False)

    def start(self, *arguments):
        return subprocess.Popen([self.path, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def on_disk(*names):
    return os.path.join(disk.MOUNT_POINT, *names)


def sync_tree(source, to):
    """Makes `to` as `source`, without a word to the disk about when."""
    disk.run("rsync", "-aHX", "--delete", source + "/", to)


class Noise:
    """Other programs on the same file system: small files, each forced to the disk, which also
    forces what the file system has to say about everyone else's files."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def one(self, number):
        with open(on_disk("noise", str(number % 8)), "wb") as file:
            file.write(self.chance.randbytes(300))
            file.flush()
            os.fsync(file.fileno())

    def settle(self):
        """Some files are forced to the disk, those of the trees too, and the others are not."""
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(disk.MOUNT_POINT) for name in names]
        for path in self.chance.sample(sorted(paths), min(len(paths), FORCED)):
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    os.fsync(file.fileno())
        self.one(0)

    def _work(self):
        number = 0
        while not self.stop.wait(self.chance.uniform(0.001, 0.03)):
            self.one(number)
            number += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class World:
    """For a workload's `prepare` (the disk is quiet) and `record`."""

    def __init__(self, recording, program, folder):
        self.recording = recording
        self.seed = recording.seed
        self.program = program
        self.chance = random.Random(recording.seed)
        self.trees = os.path.join(folder, "trees")
        self.position = lambda: 0
        os.mkdir(self.trees)
        for number in range(VERSIONS):
            path = self.tree(f"v{number}")
            if number == 0:
                tree.create(path, self.seed)
            else:
                disk.run("cp", "-a", self.tree(f"v{number - 1}"), path)
                tree.change(path, self.seed * VERSIONS + number)
            recording.models[f"v{number}"] = tree.model(path)

    def tree(self, version):
        return os.path.join(self.trees, version)

    def holt(self, *arguments):
        """A run that must succeed."""
        done = self.program.run(*arguments)
        if done.returncode != 0:
            raise disk.Failed(f"holt {' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip()}")

    def step(self, *arguments):
        """One that is recorded."""
        step = Step(list(arguments), self.position())
        self.recording.steps.append(step)
        self.holt(*arguments)
        step.end = self.position()

    def killed(self, *arguments):
        """A step that is killed within its first moments; it may be done all the same."""
        self.recording.steps.append(Step(list(arguments), self.position()))
        started = self.program.start(*arguments)
        time.sleep(self.chance.uniform(0, KILL_WITHIN))
        started.kill()
        started.communicate()

    def together(self, *steps):
        """Steps (lists of arguments) at the same time."""
        with concurrent.futures.ThreadPoolExecutor(len(steps)) as threads:
            for done in [threads.submit(self.step, *arguments) for arguments in steps]:
                done.result()


class Image:
    """For a workload's `check`: a mounted crash image. `violation` notes a broken promise."""

    def __init__(self, recording, program, folder, position):
        self.recording = recording
        self.program = program
        self.folder = folder
        self.position = position
        self.violations = []

    def violation(self, text):
        self.violations.append(text)

    def begun(self, step):
        return step.begin <= self.position

    def acknowledged(self, step):
        return step.end is not None and step.end <= self.position

    def steps(self, command):
        """The recorded steps of a command that had begun."""
        return [step for step in self.recording.steps if step.arguments[0] == command and self.begun(step)]

    def expect(self, *arguments, codes=(0,)):
        """A run of holt whose exit code must be one of these."""
        done = self.program.run(*arguments)
        if done.returncode not in codes:
            self.violation(f"holt {' '.join(arguments)}: exit {done.returncode}, not {codes}: "
                           f"{done.stderr.strip()[:1000]}")
        return done

    def same(self, what, expected, path, linked=False):
        """Whether the tree at `path` is the model; if not, that is noted."""
        differences = self.differ(expected, path, linked)
        if differences:
            self.violation(f"{what}: " + "; ".join(differences[:3]) +
                           (f" and {len(differences) - 3} more" if len(differences) > 3 else ""))
        return not differences

    def differ(self, expected, path, linked=False):
        if not os.path.lexists(path):
            return ["nothing is there"]
        if linked:
            expected = tree.as_linked(expected)
        return tree.differences(expected, tree.model(path))
