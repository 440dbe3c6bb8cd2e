"""Programs that want to go on when their run is over, or to take others along."""

from tests.sandbox.attack import Alone, Bare, Orphan


def _survives(bare: Bare) -> bool:
    return bare.survivors


_DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        sleep = "import time; time.sleep(60)"
        os.execv(sys.executable, [sys.executable, "-c", sleep, MARKER])
    os._exit(0)
time.sleep(0.3)
"""
_FREE = """
import ctypes, os, time
libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
if os.fork() == 0:
    libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    os.setsid()
    for number in range(1, 65):
        try:
            __import__("signal").signal(number, 1)
        except (OSError, ValueError):
            pass
    time.sleep(60)
    os._exit(0)
time.sleep(0.2)
"""
# Each process lives for a moment only, so whoever walks the tree of processes finds it gone.
_HARE = """
import os, time
if os.fork() == 0:
    os.setsid()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if os.fork():
                os._exit(0)
        except OSError:  # too many processes now; perhaps not in a moment
            pass
        os.write(1, b".")
        time.sleep(0.004)
    os._exit(0)
time.sleep(0.3)
"""
_HARES = _HARE.replace("if os.fork() == 0", "if not all([os.fork() for _ in range(4)])", 1)
_FOREVER = "\nprint('BEGUN', flush=True)\nwhile True: time.sleep(1)\n"

DAEMONS = (
    Alone("leaves a daemon", _DAEMON, shows=_survives),
    Alone("leaves a daemon that no signal of a dying parent reaches", _FREE, shows=_survives),
    Alone("leaves a daemon that forks on and on", _HARE, shows=_survives, scans=30),
    Alone("leaves a drove of daemons that fork on and on", _HARES, shows=_survives, scans=30),
    Alone(
        "leaves a daemon and kills the harness",
        _DAEMON + "\nos.kill(os.getpid(), 9)\n",
        shows=_survives,
        ends=frozenset(("killed",)),
    ),
    Alone(
        "leaves a daemon and ends Python itself",
        _DAEMON + "\nos._exit(0)\n",
        shows=_survives,
        ends=frozenset(("killed",)),
    ),
    Alone(
        "kills whoever started it and goes on",
        _DAEMON
        + "\ntry:\n    os.kill(os.getppid(), 9)\nexcept OSError as error:\n    print(error)\n",
        shows=_survives,
    ),
)

SWEEPS = (
    Alone(
        "kills all that it can",
        "os.kill(-1, 9)",
        shows=lambda bare: bare.bystander_died,
    ),
    Alone(
        "kills one process after the other",
        """
        for pid in range(2, 40_000):
            if pid not in (os.getpid(), os.getppid()):
                try:
                    os.kill(pid, 9)
                except OSError:
                    pass
        """,
        shows=lambda bare: bare.bystander_died,
    ),
)

ORPHANS = (
    Orphan("outlives the worker", _FOREVER),
    Orphan("outlives the worker as a daemon", _DAEMON + _FOREVER),
    Orphan("outlives the worker, deaf to signals", _FREE + _FOREVER),
    Orphan("outlives the worker by forking on and on", _HARE + _FOREVER, scans=30),
)
