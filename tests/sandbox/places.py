"""Where attacks are run: in plain processes and in each tier, as root and as an ordinary user.

Each place is a process of its own with a terminal, so that it is the same for all: under pytest,
in `python -m tests.sandbox` and in `make bench`.
"""

import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.attack import ROOT, USER, Outcome
from tests.site import ROOT as PROJECT

ORDINARY = 41_000  # a user that no account of a machine is likely to have
NOT_HERE = 77  # the exit code of a process that says so
PATIENCE = 540


class NotHere(Exception):
    """This place cannot be had on this machine; the text says why."""


@dataclass(frozen=True)
class Where:
    """tier 0 stands for a plain process. warm: each job's sandbox waited for it (tier 1)."""

    tier: int
    user: str
    warm: bool = False

    def __str__(self) -> str:
        kind = "warm" if self.warm else f"tier {self.tier}" if self.tier else "bare"
        return f"{kind}, {self.user}"


BARE = (Where(0, ROOT), Where(0, USER))
TIERS = tuple(Where(tier, user) for tier in (1, 2) for user in (ROOT, USER))
WARM = (Where(1, ROOT, warm=True), Where(1, USER, warm=True))


def run_attacks(where: Where, names: Sequence[str] = ()) -> dict[str, Outcome]:
    """The outcome of every attack (or of those named). Raises NotHere."""
    root = os.getuid() == 0
    if where.user == ROOT and not root:
        raise NotHere("the tests are not run by root")
    with _folder(as_ordinary=root and where.user == USER) as folder:
        out = folder / "outcomes.json"
        command = [sys.executable, "-B", "-m", "tests.sandbox.battery"]
        command += [
            "warm" if where.warm else str(where.tier or "bare"),
            str(folder / "scene"),
            str(out),
            *names,
        ]
        if root and where.user == USER:
            shown = dict.fromkeys((PROJECT, Path(sys.prefix), Path(sys.base_prefix).resolve()))
            script = str(Path(__file__).with_name("ordinary.py"))
            command = [
                sys.executable,
                "-S",
                script,
                str(ORDINARY),
                *map(str, shown),
                "--",
                *command,
            ]
        code, said = _with_a_terminal(command, folder)
        if not out.exists():
            kind = NotHere if code == NOT_HERE else RuntimeError
            raise kind(f"{where}: {said[-1500:].strip() or f'exit code {code}'}")
        return {name: Outcome(**each) for name, each in json.loads(out.read_text()).items()}


@contextlib.contextmanager
def _folder(as_ordinary: bool) -> Iterator[Path]:
    """With the beginnings of a scene: only root can make a program that gives root's rights."""
    folder = Path(tempfile.mkdtemp(prefix="ct-"))
    try:
        folder.chmod(0o755)
        data = folder / "scene" / "lab" / "train"
        data.mkdir(parents=True)
        if as_ordinary:
            shutil.copy(shutil.which("id") or "/usr/bin/id", data / "identity")
            (data / "identity").chmod(0o4755)
            for each in (folder, *(each for each in folder.rglob("*") if each.is_dir())):
                os.chown(each, ORDINARY, ORDINARY)
        yield folder
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def _with_a_terminal(command: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and output of a command that leads a session with a terminal of its own."""
    ours, theirs = pty.openpty()
    os.fchmod(theirs, 0o666)  # an ordinary user would own it
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": str(PROJECT),
        "HOME": str(folder / "scene" / "home"),
        "STUDYHUB_TEST_SECRET": "REACHED",
    }
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=PROJECT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    said = b""
    try:
        while process.poll() is None or select.select([ours], [], [], 0)[0]:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    said += os.read(ours, 65_536)
                except OSError:  # nobody has the terminal open any more
                    break
        return process.wait(PATIENCE), said.decode(errors="replace")
    finally:
        process.kill()
        os.close(ours)
