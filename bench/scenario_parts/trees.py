"""The trees that are measured, each the source folder of one kind of use: what there is on the
machine, what npm installs, and two that are made: many tiny files, one large one."""
import glob
import os
import random
import shutil
import subprocess

from .measure import Failed, Skipped, tell
from .tree import facts, remove

NODE_PACKAGES = ["next", "typescript", "webpack", "@angular/cli", "eslint", "jest"]
SMALL_FILES = 100_000
SMALL_BYTES = 100
BIG_BYTES = 4 << 30

EVERYTHING = ("first", "second", "restore", "link", "repair")


class Kind:
    """One kind of tree: how it comes to be, how many rounds, what is measured with it."""
    rounds = 5
    operations = EVERYTHING
    title = ""

    def make(self, made):
        """The folder with the tree, below the folder `made` if it has to be made."""
        raise NotImplementedError


class Python(Kind):
    title = "a Python installation"

    def make(self, made):
        return largest_python()


class Node(Kind):
    title = "node_modules of " + ", ".join(NODE_PACKAGES)

    def make(self, made):
        """package.json and the lock file stay beside it, for what installs it once more."""
        project = os.path.join(made, "node")
        tree = os.path.join(project, "node_modules")
        if not os.path.isdir(tree):
            npm_install(project, NODE_PACKAGES)
        return tree


class Toolchain(Kind):
    title = "GCC's and LLVM's programs and libraries"

    def make(self, made):
        found = ["/usr/lib/gcc"] + sorted(glob.glob("/usr/lib/llvm-*"), key=newest)[-1:]
        found = [folder for folder in found if os.path.isdir(folder)]
        if not found:
            raise Skipped("no /usr/lib/gcc and no /usr/lib/llvm-* found")
        tree = os.path.join(made, "toolchain")
        if not os.path.isdir(tree):
            os.makedirs(tree + ".part")
            subprocess.run(["cp", "-a", *found, tree + ".part"], check=True)
            os.rename(tree + ".part", tree)
        return tree


class Small(Kind):
    title = f"one folder of {SMALL_FILES} files of {SMALL_BYTES} bytes, not compressible"

    def make(self, made):
        tree = os.path.join(made, "small")
        if not os.path.isdir(tree):
            write_files(tree, SMALL_FILES, SMALL_BYTES, a_folder=SMALL_FILES)
        return tree


class Big(Kind):
    title = "one file of 4 GiB, partly compressible"
    rounds = 3
    operations = ("first", "second", "restore")

    def make(self, made):
        """Pieces of 1 MiB: 400 KiB of random bytes, as many of 64 values, and 112 KiB of each
        once more."""
        tree = os.path.join(made, "big")
        if os.path.isdir(tree):
            return tree
        remove(tree + ".part")
        os.makedirs(tree + ".part")
        noise = random.Random(4)
        narrow = bytes(value & 63 for value in range(256))
        with open(os.path.join(tree + ".part", "file"), "wb") as out:
            for _ in range(BIG_BYTES >> 20):
                plain = noise.randbytes(400 << 10)
                text = noise.randbytes(400 << 10).translate(narrow)
                out.write(plain + text + plain[:112 << 10] + text[:112 << 10])
        os.rename(tree + ".part", tree)
        return tree


KINDS = {"python": Python, "node": Node, "toolchain": Toolchain, "small": Small, "big": Big}


class Named(Kind):
    """A folder of the user's."""

    def __init__(self, folder):
        self.folder = os.path.realpath(folder)
        self.title = os.path.basename(self.folder)

    def make(self, made):
        return self.folder


def largest_python():
    """The Python installation with the most bytes, of the places where they usually lie."""
    home = os.path.expanduser("~")
    folders = [folder for pattern in (f"{home}/.pyenv/versions/*", "/usr/lib/python3*",
                                      "/usr/local/lib/python3*")
               for folder in glob.glob(pattern)
               if os.path.isdir(folder) and not os.path.islink(folder)]
    if not folders:
        raise Skipped("no Python installation found")
    return max(folders, key=lambda folder: facts(folder).bytes)


def newest(folder):
    version = folder.rpartition("-")[2]
    return int(version) if version.isdigit() else 0


def npm_install(project, packages):
    """node_modules in `project`, no package's own scripts run."""
    if shutil.which("npm") is None:
        raise Skipped("npm is not installed")
    os.makedirs(project, exist_ok=True)
    with open(os.path.join(project, "package.json"), "w", encoding="ascii") as out:
        out.write('{"name": "bench", "version": "1.0.0", "private": true}\n')
    tell(f"npm install {' '.join(packages)}")
    done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--loglevel=error", *packages], cwd=project, check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        remove(os.path.join(project, "node_modules"))
        raise Failed(f"npm install: {done.stderr.strip()[-500:]}")


def write_files(tree, count, size, a_folder):
    """`count` files of `size` random bytes, `a_folder` in each folder; the same ones each time."""
    remove(tree + ".part")
    os.makedirs(tree + ".part")
    noise = random.Random(count)
    for number in range(count):
        if number % a_folder == 0:
            folder = tree + ".part"
            if a_folder < count:
                folder = os.path.join(folder, f"{number // a_folder // 100}",
                                      f"{number // a_folder}")
                os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{number}.dat"), "wb", buffering=0) as out:
            out.write(noise.randbytes(size))
    os.rename(tree + ".part", tree)
