"""Becomes an ordinary user and runs a command: ordinary.py UID FOLDER... -- COMMAND...

Each FOLDER (a Python, the project) stays where it is. Where a folder on the way is closed to that
user, such as root's home, it is covered, for this command only, by an empty one that is open and
shows no more than the FOLDERs: in mounts of this process's own. Only root can run it.
"""

import ctypes
import os
import stat
import sys
import tempfile
from pathlib import Path

NOT_HERE = 77  # the exit code that says so
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def main():
    split = sys.argv.index("--")
    uid, folders, command = int(sys.argv[1]), sys.argv[2:split], sys.argv[split + 1 :]
    if libc.unshare(CLONE_NEWNS) != 0:
        not_here(f"no mounts of its own: {os.strerror(ctypes.get_errno())}")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    uncover([Path(each) for each in folders])
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.umask(0o022)
    for folder in folders:
        if not os.access(folder, os.R_OK | os.X_OK):
            not_here(f"{folder} cannot be read by an ordinary user")
    os.execv(command[0], command)


def uncover(folders):
    closed = {}
    for folder in folders:
        barred = [each for each in (*reversed(folder.parents), folder) if not is_open(each)]
        if barred:
            closed.setdefault(barred[0], []).append(folder)
    for top, shown in closed.items():
        aside = tempfile.mkdtemp()
        mount("tmpfs", aside, "tmpfs", 0)
        for number, folder in enumerate(shown):
            os.mkdir(f"{aside}/{number}")
            mount(str(folder), f"{aside}/{number}", None, MS_BIND | MS_REC)
        mount("tmpfs", str(top), "tmpfs", 0, "mode=755")
        for number, folder in enumerate(shown):
            folder.mkdir(parents=True, exist_ok=True)
            mount(f"{aside}/{number}", str(folder), None, MS_BIND | MS_REC)
        libc.umount2(aside.encode(), 2)
        os.rmdir(aside)


def is_open(folder):
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def mount(source, target, kind, flags, options=None):
    words = [each.encode() if each else None for each in (source, target, kind)]
    if libc.mount(*words, flags, options and options.encode()) != 0:
        not_here(f"mounting {target}: {os.strerror(ctypes.get_errno())}")


def not_here(why):
    sys.stderr.write(f"{why}\n")
    sys.exit(NOT_HERE)


main()
