"""One attack a promise: it succeeds in a plain process, and gets nothing in the sandbox."""

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from labs.sandbox.seccomp import MACHINES, REFUSED
from tests.sandbox.attack import Attack
from tests.sandbox.attacks import CONTAINED
from tests.sandbox.lab import REACHED, SmallLab

pytestmark = pytest.mark.sandbox


@pytest.fixture
def target(lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallLab]:
    """The lab among everything that an attack may want: secrets, servers, processes."""
    monkeypatch.setenv("STUDYHUB_TEST_SECRET", REACHED)
    labels = lab.folder / "labels.txt"
    labels.write_text(REACHED)
    other = lab.folder.parent / "other" / "model.pickle"
    other.parent.mkdir()
    other.write_text(REACHED)
    (lab.solution / "link").symlink_to(labels)
    program = lab.train_data / "identity"
    shutil.copy(shutil.which("id") or "/usr/bin/id", program)
    program.chmod(0o4755)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        path = lab.folder / "s"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        # a short relative name: the whole path may be longer than a socket's may be
        monkeypatch.chdir(lab.folder)
        unix.bind("s")
        unix.listen()
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0studyhub-test-{os.getpid()}")
        abstract.listen()
        worker = stack.enter_context(_sleeper())
        victim = stack.enter_context(_sleeper())
        lab.aim_at(
            {
                "calls": system_calls(),
                "labels": str(labels),
                "other_model": str(other),
                "project": str(Path(__file__).resolve().parents[2] / "pyproject.toml"),
                "worker": worker.pid,
                "victim": victim.pid,
                "setuid": str(program),
                "tcp": tcp.getsockname()[1],
                "udp": udp.getsockname()[1],
                "unix": str(path),
                "abstract": f"studyhub-test-{os.getpid()}",
            }
        )
        yield lab
        for each in (worker, victim):
            each.kill()


def system_calls() -> dict[str, int | None]:
    machine = MACHINES[platform.machine()]
    numbers = {name: columns[machine.column] for name, columns in REFUSED.items()}
    return numbers | {"clone": machine.clone, "clone3": machine.clone3, "ioctl": machine.ioctl}


def _sleeper() -> "subprocess.Popen[bytes]":
    """A process of the worker's kind: same user, same environment."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.mark.parametrize("attack", CONTAINED, ids=str)
def test_an_attack_gets_nothing(attack: Attack, target: SmallLab) -> None:
    ran = target.train(attack.code)

    assert REACHED not in ran.result.log.splitlines()
    assert ran.result.error is None or ran.result.error.kind == "raised"


@pytest.mark.parametrize("attack", [each for each in CONTAINED if not each.not_bare], ids=str)
def test_the_same_attack_succeeds_in_a_plain_process(attack: Attack, target: SmallLab) -> None:
    assert REACHED in target.bare(attack.code).splitlines()
