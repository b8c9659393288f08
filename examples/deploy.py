#!/usr/bin/env python3
"""A deployment agent: puts a release in place, checks it, and puts back what stood there when the check fails.

deploy.py STORE RELEASE TARGET CHECK    CHECK is a command for the shell

The exit code is 0 after a deployment, 1 after a rollback, 2 when something failed.
"""
import os
import subprocess
import sys

import holt


def put(store, snap, target):
    """A whole new tree in one step: nobody sees half of one."""
    there = os.path.exists(target)
    store.restore(snap, target, durable=True, atomic=there, force=there, remove_extra=there)


def deploy(store, release, target, check):
    before = store.snapshot(target).id if os.path.exists(target) else None
    put(store, release, target)
    if subprocess.run(check, shell=True).returncode == 0:
        return 0
    print(f"deploy: {release} does not pass its check: rolled back", file=sys.stderr)
    if before:
        put(store, before, target)
    return 1


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with holt.Store.open(sys.argv[1]) as store:
            return deploy(store, *sys.argv[2:])
    except holt.Error as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 2


sys.exit(main())
