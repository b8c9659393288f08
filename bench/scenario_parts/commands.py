"""The commands that two builds are compared by: each finds, for each build, a store and folders of its own."""
import os
import shutil
import subprocess
import time

# Changes of an entry that is younger than the file system's clock can tell prove nothing yet.
CLOCK_TICK = 0.05


class Side:
    """One build: its program, and a store with a snapshot of the tree, all that its commands need."""

    def __init__(self, holt, source, scratch):
        self.holt, self.source, self.scratch = holt, source, scratch
        os.mkdir(scratch)
        self.store = self.path("store")
        self.other = self.path("other")  # the tree with one file changed, one gone and one new
        self.alone = self.path("alone")  # a tree of a few files
        shutil.copytree(source, self.other, symlinks=True)
        change(self.other)
        os.mkdir(self.alone)
        self.write_small(0)
        time.sleep(CLOCK_TICK)
        self.run("init", self.store)
        for name, folder in (("tree", source), ("other", self.other), ("alone", self.alone)):
            self.run("snapshot", folder, "--name", name)
        for name, link in (("kept", "copy"), ("mended", "copy"), ("linked", "hardlink")):
            self.run("restore", "tree", self.path(name), "--link", link)
        self.run("export", "tree", self.path("tree.tar"))
        time.sleep(CLOCK_TICK)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def argv(self, *arguments, store=None):
        return [self.holt, "-q", "--store", store or self.store, *arguments]

    def run(self, *arguments, store=None):
        subprocess.run(self.argv(*arguments, store=store), check=True, stdout=subprocess.DEVNULL)

    def write_small(self, number):
        with open(os.path.join(self.alone, "file"), "w", encoding="ascii") as file:
            file.write(f"round {number}\n" * 100)

    def clean(self):
        made = self.path("made")
        if os.path.isdir(made) and not os.path.islink(made):
            shutil.rmtree(made)
        elif os.path.lexists(made):
            os.remove(made)


def files_of(folder):
    found = []
    for at, folders, names in os.walk(folder):
        folders.sort()
        found += [os.path.join(at, name) for name in sorted(names)]
    return [path for path in found if not os.path.islink(path)]


def change(folder):
    files = files_of(folder)
    os.remove(files[-1])
    replace(files[0])
    with open(os.path.join(folder, "a new file"), "w", encoding="ascii") as file:
        file.write("new\n")


def replace(path):
    """The content is another one, in a file of its own."""
    os.remove(path)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"changed {time.time_ns()}\n")


class Command:
    """What is measured: `argv` of a side, after `prepare`; `codes` are its exit codes."""

    def __init__(self, name, argv, prepare=None, codes=(0,)):
        self.name, self.argv, self.prepare, self.codes = name, argv, prepare, codes

    def ready(self, side):
        side.clean()
        if self.prepare:
            self.prepare(side)
            time.sleep(CLOCK_TICK)
        return self.argv(side)


def new_store(side):
    side.run("init", store=side.path("made"))


def small_change(side):
    side.write_small(time.time_ns())


def one_changed(side):
    replace(files_of(side.path("mended"))[0])


COMMANDS = [
    Command("first snapshot", lambda s: s.argv("snapshot", s.source, store=s.path("made")), new_store),
    Command("second snapshot, nothing changed", lambda s: s.argv("snapshot", s.source)),
    Command("snapshot of one small file that changed", lambda s: s.argv("snapshot", s.alone), small_change),
    Command("restore by copy", lambda s: s.argv("restore", "tree", s.path("made"), "--link", "copy")),
    Command("restore by hard link", lambda s: s.argv("restore", "tree", s.path("made"), "--link", "hardlink")),
    Command("restore in place, nothing changed", lambda s: s.argv("restore", "tree", s.path("kept"), "--link", "copy")),
    Command("restore in place, one file changed",
            lambda s: s.argv("restore", "tree", s.path("mended"), "--link", "copy"), one_changed),
    Command("diff of two snapshots", lambda s: s.argv("diff", "tree", "other"), codes=(1,)),
    Command("diff with a folder", lambda s: s.argv("diff", "tree", s.other), codes=(1,)),
    Command("verify", lambda s: s.argv("verify")),
    Command("verify DIR", lambda s: s.argv("verify", s.path("kept"))),
    Command("ls -R", lambda s: s.argv("ls", "-R", "tree")),
    Command("export to .tar", lambda s: s.argv("export", "--format", "tar", "tree", s.path("made"))),
    Command("import of a .tar", lambda s: s.argv("import", s.path("tree.tar"))),
]
