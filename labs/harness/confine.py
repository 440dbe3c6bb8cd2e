"""Give up every privilege before the learner's first line runs, and check that it is gone."""

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from labs.harness.launch import Launch

_PR_SET_PDEATHSIG = 1
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_NICENESS = 5  # pages stay quick while a job trains


class StillPrivileged(Exception):
    """The sandbox that was promised is not there."""


def confine(launch: Launch) -> None:
    """Everything at once, for a job that is known."""
    give_up_privileges(launch.uid)
    limit(launch.rlimits)
    if launch.confined:
        check()
    elif sys.platform == "linux":
        _die_with_parent()


def give_up_privileges(uid: int | None) -> None:
    _offer_to_the_memory_killer()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        _drop_capabilities()
    os.nice(_NICENESS)
    os.umask(0o077)


def limit(rlimits: Mapping[str, int]) -> None:
    for name, value in rlimits.items():
        _limit(name, value)


def _offer_to_the_memory_killer() -> None:
    """Where the kernel must choose whom to end, it is to be a job and not the site."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _drop_capabilities() -> None:
    """Leaving uid 0 empties all sets but the inheritable one."""
    header = struct.pack("=Ii", _LINUX_CAPABILITY_VERSION_3, 0)
    nothing = bytes(24)
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise StillPrivileged(f"capset: {os.strerror(ctypes.get_errno())}")


def _limit(name: str, value: int) -> None:
    number = getattr(resource, name, None)
    if number is None:
        return
    hard = resource.getrlimit(number)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(number, (value, value))


def check() -> None:
    """Raises StillPrivileged."""
    status = dict(
        line.split(":\t", 1)
        for line in Path("/proc/self/status").read_text().splitlines()
        if ":\t" in line
    )
    held = [name for name in ("CapInh", "CapPrm", "CapEff", "CapAmb") if int(status[name], 16)]
    if held or status["NoNewPrivs"] != "1" or status["Seccomp"] != "2":
        raise StillPrivileged(
            f"capabilities {held}, NoNewPrivs {status['NoNewPrivs']}, Seccomp {status['Seccomp']}"
        )


def _die_with_parent() -> None:
    """Tier 0 has no process namespace that ends with its first process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
