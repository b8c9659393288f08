"""Peers that copy a tree or pack it into one file, and keep no history."""
import os

from .measure import pipeline, run
from .tools import Tool, first_line


class Copy(Tool):
    name = "cp -a"
    program = "cp"
    keeps_history = False

    def first(self):
        return run(["cp", "-a", self.source, self.store])

    def restore(self, destination):
        return run(["cp", "-a", self.store, destination])


class Tar(Tool):
    name = "tar"
    program = "tar"
    keeps_history = False

    def first(self):
        return run([self.program, "-C", self.source, "-cf", self.store, "."])

    def restore(self, destination):
        os.mkdir(destination)
        return run([self.program, "-C", destination, "-xpf", self.store])


class Bsdtar(Tar):
    name = "bsdtar"
    program = "bsdtar"


class TarZstd(Tool):
    name = "tar, zstd -3 -T0"
    program = "tar"
    keeps_history = False

    def first(self):
        return pipeline(f"tar -C '{self.source}' -cf - . | zstd -3 -T0 -q > '{self.store}'")

    def restore(self, destination):
        os.mkdir(destination)
        return pipeline(f"zstd -dcq '{self.store}' | tar -C '{destination}' -xpf -")

    def version(self):
        return first_line(["zstd", "--version"]).strip("* ")
