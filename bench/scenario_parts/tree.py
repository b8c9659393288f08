"""A tree: what is in it, whether a copy of it is the same, and its removal."""
import os
import shutil
import subprocess
from dataclasses import dataclass


@dataclass
class Facts:
    files: int = 0
    folders: int = 0
    others: int = 0
    bytes: int = 0


def facts(folder):
    """Counts without following symlinks; bytes are the sizes of files, each inode once."""
    found = Facts(folders=1)
    inodes = set()
    todo = [folder]
    while todo:
        with os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.folders += 1
                    todo.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    found.files += 1
                    if (stat.st_dev, stat.st_ino) not in inodes:
                        found.bytes += stat.st_size
                    if stat.st_nlink > 1:
                        inodes.add((stat.st_dev, stat.st_ino))
                else:
                    found.others += 1
    return found


def size_of(path):
    """Bytes of a file, or of all files below a folder."""
    return os.stat(path).st_size if os.path.isfile(path) else facts(path).bytes


def differences(source, copy, times="exact", read_only=False):
    """What an independent tool finds different between two trees, as lines; empty when equal.

    Compares content, names, kinds, modes, owners, times, hard links, attributes and ACLs; with
    times="seconds" the fraction of a second is not looked at, with "none" no time; with read_only
    the copy's files need not be writable.
    """
    command = ["rsync", "-aHAXnci", "--delete"]
    if times == "exact":
        command.append("--modify-window=-1")
    elif times == "none":
        command.append("--no-times")
    result = subprocess.run(command + [source + "/", copy + "/"], capture_output=True, text=True,
                            errors="replace", check=False)
    if result.returncode != 0:
        return [f"rsync failed: {result.stderr.strip()}"]
    lines = result.stdout.splitlines()
    if read_only:
        # A file whose mode alone differs, and whose copy has the same mode but for the write bits.
        lines = [line for line in lines if not is_read_only_copy(source, copy, line)]
    return lines


def is_read_only_copy(source, copy, line):
    what, _, name = line.partition(" ")
    if what != ".f...p.....":
        return False
    mode = os.lstat(os.path.join(source, name)).st_mode
    return os.lstat(os.path.join(copy, name)).st_mode == mode & ~0o222


def remove(path):
    """Removes a file or a tree, whatever the modes of its folders; nothing there is fine."""
    if os.path.isdir(path) and not os.path.islink(path):
        if subprocess.run(["rm", "-rf", path], check=False).returncode != 0:
            subprocess.run(["chmod", "-R", "u+rwX", path], check=True)
            shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
