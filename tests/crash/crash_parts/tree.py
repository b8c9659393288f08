"""Trees to store: making them, changing them, and their model in memory.

A model says all that Holt promises to keep of a tree, by system calls of this file's own, so that it
shares nothing with what it judges.
"""
import hashlib
import os
import random
import stat

FILES = 90
SIZES = (0, 1, 100, 700, 4096, 5000, 12_000, 40_000)  # of most files
LARGE = (300_000, 1_300_000)  # one file each; of several chunks
MINUTE = 60 * 10**9


def _bytes(chance, size):
    """Half of it compresses."""
    half = size // 2
    return chance.randbytes(size - half) + (b"a line of text %d\n" % chance.randrange(9) * (half // 15 + 1))[:half]


def _write(chance, path, size):
    """A new file in the place of the old one, as most programs do it."""
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as file:
        file.write(_bytes(chance, size))
    os.chmod(path, chance.choice((0o644, 0o600, 0o755, 0o444)))
    if chance.random() < 0.1:
        os.setxattr(path, "user.holt-crash", chance.randbytes(20))
    _stamp(chance, path)


def _stamp(chance, path):
    time = 1_600_000_000 * 10**9 + chance.randrange(100_000 * MINUTE)
    os.utime(path, ns=(time, time), follow_symlinks=False)


def _stamp_folders(chance, root):
    for folder, _, _ in os.walk(root, topdown=False):
        _stamp(chance, folder)


def create(root, seed):
    """A tree of some 100 entries of every kind and some 3 MB; the same for the same seed."""
    chance = random.Random(seed)
    folders = [root]
    os.mkdir(root)
    for number in range(12):
        folders.append(os.path.join(chance.choice(folders), f"folder-{number}"))
        os.mkdir(folders[-1])
    for number in range(FILES):
        _write(chance, os.path.join(chance.choice(folders), f"file-{number}"), chance.choice(SIZES))
    for size in LARGE:
        _write(chance, os.path.join(chance.choice(folders), f"large-{size}"), size)
    with open(os.path.join(root, "sparse"), "wb") as file:
        file.truncate(500_000)
        file.seek(200_000)
        file.write(_bytes(chance, 30_000))
    os.link(os.path.join(root, "sparse"), os.path.join(folders[3], "another name"))
    for number in range(5):
        path = os.path.join(chance.choice(folders), f"link-{number}")
        os.symlink(f"file-{chance.randrange(FILES)}", path)
        _stamp(chance, path)
    _stamp(chance, os.path.join(root, "sparse"))
    _stamp_folders(chance, root)


def change(root, seed):
    """A third of the files gets another content, some go, some come, some only change their mode."""
    chance = random.Random(seed)
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.islink(path) or name in ("sparse", "another name"):
                continue
            what = chance.random()
            if what < 0.33:
                size = os.path.getsize(path) if chance.random() < 0.5 else chance.choice(SIZES)
                _write(chance, path, size)
            elif what < 0.4:
                os.unlink(path)
            elif what < 0.5:
                os.chmod(path, chance.choice((0o640, 0o700)))
            elif what < 0.55:
                _write(chance, f"{path}-new", chance.choice(SIZES))
    new = os.path.join(root, f"folder-{seed}")
    os.mkdir(new)
    for number in range(10):
        _write(chance, os.path.join(new, f"file-{number}"), chance.choice(SIZES))
    _stamp_folders(chance, root)


def _attributes(path):
    names = [name for name in os.listxattr(path, follow_symlinks=False) if name.startswith("user.")]
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in names}


def model(root):
    """Path in the tree to what is there. Hard links: each name has the sorted names of its inode."""
    found, inodes = {}, {}
    paths = [root]
    while paths:
        path = paths.pop()
        seen = os.lstat(path)
        entry = {"kind": stat.S_IFMT(seen.st_mode), "mode": stat.S_IMODE(seen.st_mode),
                 "owner": (seen.st_uid, seen.st_gid), "mtime": seen.st_mtime_ns}
        inside = os.path.relpath(path, root)
        if stat.S_ISDIR(seen.st_mode):
            paths += [os.path.join(path, name) for name in os.listdir(path)]
        elif stat.S_ISLNK(seen.st_mode):
            entry["target"] = os.readlink(path)
        elif stat.S_ISREG(seen.st_mode):
            with open(path, "rb") as file:
                content = file.read()
            entry["content"] = (len(content), hashlib.sha256(content).hexdigest())
        if not stat.S_ISLNK(seen.st_mode):
            entry["attributes"] = _attributes(path)
        if not stat.S_ISDIR(seen.st_mode):
            entry["names"] = inodes.setdefault(seen.st_ino, [])
            entry["names"].append(inside)
        found[inside] = entry
    for names in inodes.values():
        names.sort()
    return found


def as_linked(tree):
    """The model of a tree as hard links from the pool bring it back: files with one name that are not
    empty lose their write bits, and equal ones share an inode."""
    out = {}
    for path, entry in tree.items():
        entry = {**entry}
        names = entry.pop("names", ())
        if stat.S_ISREG(entry["kind"]) and entry["content"][0] > 0 and len(names) == 1:
            entry["mode"] &= ~0o222
        out[path] = entry
    return out


def differences(expected, found):
    """What differs, a line each; empty when the trees are equal."""
    out = []
    for path in sorted(expected.keys() | found.keys()):
        if path not in found:
            out.append(f"{path} is missing")
        elif path not in expected:
            out.append(f"{path} should not be there")
        else:
            out += [f"{path}: {what} is {found[path].get(what)!r} and should be {value!r}"
                    for what, value in expected[path].items() if found[path].get(what) != value]
    return out
