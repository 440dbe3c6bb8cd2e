"""Attacks in plain processes, scaled down where the machine would suffer: there they succeed."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path

from tests.sandbox.attack import (
    ABSENT,
    REACHED,
    Alone,
    Answer,
    Attack,
    Bare,
    Handed,
    Orphan,
    Outcome,
)
from tests.sandbox.confined import fill_batch, read_batch
from tests.sandbox.lab import processes_with, wait_until
from tests.sandbox.modules import of_alone, of_answer
from tests.sandbox.scene import SCRIPTS, Place, Scene

PATIENCE = 300


def batch(attacks: Iterable[Attack], there: Scene, sandbox: object = None) -> dict[str, Outcome]:
    place = there.place((SCRIPTS / "inside.py").read_text())
    fill_batch(attacks, place, there)
    wrap = [str(SCRIPTS / "own_mounts.py")] if os.getuid() == 0 else []
    done = subprocess.run(
        [sys.executable, *wrap, str(SCRIPTS / "bare.py"), "train", str(there.data),
         str(place.solution)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"TMPDIR": str(place.scratch)},
        close_fds=False,
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    told = read_batch(done.stdout.decode(errors="replace"))
    missing = Outcome(broken=True, detail=f"not run: {done.stdout[-300:]!r}")
    return {each.name: told.get(each.name, missing) for each in attacks}


def alone(attack: Alone, there: Scene) -> Outcome:
    marker = f"attack-{uuid.uuid4().hex}"
    place = there.place("", marker)
    (place.solution / "solution.py").write_text(of_alone(attack, marker, place))
    mode = "orphan" if isinstance(attack, Orphan) else "train"
    command = [sys.executable, str(SCRIPTS / "bare.py"), mode, str(there.data),
               str(place.solution), marker]  # fmt: skip
    shows = attack.shows or ((lambda bare: bare.survivors) if mode == "orphan" else None)
    bare, absent = _in_an_arena(command, place, marker, attack)
    if absent:
        return Outcome(absent=absent)
    lines = [line.strip() for line in bare.output.decode(errors="replace").splitlines()]
    reached = REACHED in lines or (shows is not None and shows(bare))
    lacks = next((line[7:] for line in lines if line.startswith(ABSENT)), "")
    detail = "" if reached else f"{bare.output[-200:]!r}"
    return Outcome(reached=reached, absent="" if reached else lacks, detail=detail)


def _in_an_arena(command: list[str], place: Place, marker: str, attack: Alone) -> tuple[Bare, str]:
    output = place.solution.parent / "output"
    environment = os.environ | {
        "TMPDIR": str(place.scratch),
        "STUDYHUB_TEST_ARENA": json.dumps({"command": command, "seconds": attack.bare_seconds}),
        "STUDYHUB_TEST_OUTPUT": str(output),
    }
    arena = subprocess.Popen(
        [sys.executable, "-S", str(SCRIPTS / "arena.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert arena.stdin is not None
    assert arena.stdout is not None
    with arena.stdout:
        told = json.loads(arena.stdout.readline() or '{"absent": "the arena fell"}')
        said = _size(output)
        survivors = wait_until(
            lambda: bool(processes_with(marker)) or _size(output) > said, 0.05 * attack.scans
        )
        with contextlib.suppress(OSError):
            arena.stdin.close()  # its first process ends, and with it all others
        arena.wait()
    _trusting_clearing_up(place)
    files_left = place.scratch.exists()
    bare = Bare(
        output=output.read_bytes() if output.exists() else b"",
        went_on=told.get("went_on", False),
        survivors=survivors,
        bystander_died=told.get("bystander_died", False),
        precious_gone=sorted(each.name for each in place.precious.iterdir()) != ["file"],
        files_left=files_left,
    )
    output.unlink(missing_ok=True)
    if files_left:
        place.scratch.joinpath("closed").is_dir() and place.scratch.joinpath("closed").chmod(0o700)
        subprocess.run(["rm", "-rf", str(place.scratch)], check=False)
    return bare, told.get("absent", "")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _trusting_clearing_up(place: Place) -> None:
    """Removes what a job left as most programs would."""
    with contextlib.suppress(OSError, RecursionError):
        for folder, _, names in os.walk(place.scratch, followlinks=True):
            for name in names:
                os.unlink(os.path.join(folder, name))
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(place.scratch, ignore_errors=True)


def answer(attack: Answer, there: Scene) -> Outcome:
    place = there.place("")
    (place.solution / "solution.py").write_text(of_answer(attack, place))
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "bare.py"), "answer", str(there.folder / "answers"),
         str(place.solution)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"TMPDIR": str(place.scratch)},
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    touched = (place.precious / "touched").exists()
    reached = touched or REACHED.encode() in done.stdout.splitlines()
    return Outcome(reached=reached, detail=f"{done.stdout[-200:]!r}")


def handed(attack: Handed, there: Scene) -> Outcome:
    folder = there.folder / "jobs" / uuid.uuid4().hex[:8] / "unpacked"
    folder.mkdir(parents=True)
    file = folder.parent / attack.file
    file.write_bytes(attack.make())
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "naive.py"), str(file), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    subprocess.run(["rm", "-rf", str(folder.parent)], check=False)
    fell = -done.returncode if done.returncode < 0 else 0
    reached = REACHED.encode() in done.stdout.splitlines() or fell in (
        signal.SIGSEGV,
        signal.SIGKILL,
    )
    return Outcome(reached=reached, detail=f"{done.stdout[-200:]!r}")
