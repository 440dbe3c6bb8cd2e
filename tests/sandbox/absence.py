"""Whether this machine really lacks what an attack said that it lacks, looked up from outside.

Reasons are `KIND ARGUMENT...`, as attacks say them behind ABSENT. An attack may be left out for one
of these only; each is tried or looked up here anew, by a process that no sandbox and no battery of
attacks has touched.
"""

import contextlib
import errno
import os
import platform
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.sandbox.attack import ROOT
from tests.sandbox.places import NOT_HERE, ORDINARY
from tests.sandbox.scene import SCRIPTS, system_calls

_NO_FAMILY = (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT)


def verified(reason: str, user: str) -> bool:
    """user: as whom the attack was run, ROOT or USER."""
    kind, *arguments = reason.split()
    if kind == "small-machine":  # the one that depends on who asks
        return _cannot_make_a_small_machine(user)
    return kind in _LOOKS and _LOOKS[kind](*arguments)


def _no_call(name: str) -> bool:
    if name not in (numbers := system_calls()):
        return False
    number = numbers[name]  # None: no such call on this processor
    return number is None or _answer(number) == errno.ENOSYS


def _no_foreign_numbers() -> bool:
    """Those of x32, a kind of program that most kernels for x86-64 are built without."""
    return platform.machine() != "x86_64" or _answer(0x40000000 + 39) == errno.ENOSYS


def _answer(number: int) -> int:
    """The error of a call with nothing but zeros, in a process of its own; 0 where it succeeds."""
    program = (
        "import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True)\n"
        f"done = libc.syscall({number}, 0, 0, 0, 0, 0, 0)\n"
        "sys.exit(ctypes.get_errno() if done < 0 else 0)"
    )
    return subprocess.run([sys.executable, "-S", "-c", program], check=False).returncode


def _no_socket(family: str, kind: str, protocol: str) -> bool:
    number = getattr(socket, family, None)
    if number is None:
        return True
    try:
        socket.socket(number, getattr(socket, kind), int(protocol)).close()
    except OSError as error:
        return error.errno in _NO_FAMILY
    return False


def _no_file(path: str) -> bool:
    return not os.path.lexists(path)


def _setting_is(path: str, *values: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(path).read_text().strip() in values
    return False


def _no_control_groups() -> bool:
    return next(Path("/sys/fs/cgroup").rglob("cgroup.procs"), None) is None


def _no_disks() -> bool:
    return not any(stat.S_ISBLK(each.lstat().st_mode) for each in Path("/dev").iterdir())


def _no_attributes() -> bool:
    with tempfile.NamedTemporaryFile() as file:
        try:
            os.setxattr(file.name, "user.studyhub", b"x")
        except OSError as error:
            return error.errno == errno.EOPNOTSUPP
    return False


def _little_shared_memory() -> bool:
    room = os.statvfs("/dev/shm")
    return room.f_bavail * room.f_frsize < 200 << 20


def _another_processor() -> bool:
    return platform.machine() != "x86_64"


def _cannot_make_a_small_machine(user: str) -> bool:
    """arena.py's first step, tried by a process that does nothing else."""
    given = {} if user == ROOT or os.getuid() else {"user": ORDINARY, "group": ORDINARY}
    command = [sys.executable, "-S", str(SCRIPTS / "arena.py"), "try"]
    try:
        return subprocess.run(command, check=False, cwd="/", **given).returncode == NOT_HERE
    except OSError:  # that user cannot even start this Python
        return False


_LOOKS: dict[str, Callable[..., bool]] = {
    "call": _no_call,
    "foreign-numbers": _no_foreign_numbers,
    "socket": _no_socket,
    "file": _no_file,
    "setting": _setting_is,
    "control-groups": _no_control_groups,
    "disks": _no_disks,
    "attributes": _no_attributes,
    "shared-memory": _little_shared_memory,
    "processor": _another_processor,
}
