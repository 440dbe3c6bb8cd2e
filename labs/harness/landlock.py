"""Landlock by ctypes: a process gives up, for itself and its children, all that is not named.

What it covers here: opening, making, removing, renaming, truncating and running files, device
requests, TCP, abstract Unix sockets, signals and tracing beyond the own domain. What it does not:
looking at a file's metadata, changing modes and owners, Unix sockets in the file system. The
system call filter of tier 2 (`labs/sandbox/seccomp.py`) takes what can be taken of those.
Source: the kernel's Documentation/userspace-api/landlock.rst.
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

NEEDED_ABI: Final = 6  # Linux 6.12: the first that keeps signals within the domain

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every processor
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_FIFO, _MAKE_SYM = 1 << 7, 1 << 8, 1 << 10, 1 << 12
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_ALL_FILE_RIGHTS = (1 << 16) - 1  # up to and with device requests, ABI 5
_BIND_AND_CONNECT_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3

_READ: Final = _READ_FILE | _READ_DIR
_RUN: Final = _READ | _EXECUTE
_DEVICE: Final = _READ_FILE | _WRITE_FILE
_WORK: Final = (
    _READ
    | _WRITE_FILE
    | _TRUNCATE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REG
    | _MAKE_FIFO
    | _MAKE_SYM
    | _REFER
)
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
RIGHTS: Final = {"read": _READ, "run": _RUN, "device": _DEVICE, "work": _WORK}

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The kernel's version of Landlock; 0 where it has none or it is switched off."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def restrict(rules: Iterable[tuple[str, str]]) -> None:
    """Keep this process and its children to `rules`: pairs of a name in RIGHTS and a path.

    A folder's right holds for all below it. Paths that are not there are left out. Raises OSError.
    """
    attributes = struct.pack(
        "=QQQ", _ALL_FILE_RIGHTS, _BIND_AND_CONNECT_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS
    )
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for right, path in rules:
            with contextlib.suppress(FileNotFoundError):
                _allow(ruleset, RIGHTS[right], path)
        if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, rights: int, path: str) -> None:
    target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, target)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(target)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{os.strerror(code)} (Landlock)")
    return result
