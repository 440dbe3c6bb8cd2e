"""The Python that tier 2's jobs are started with, where they have users of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from labs.sandbox import reachable
from labs.sandbox.interpreter import this_interpreter
from tests.processes import python as beside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")

MAKE = """
import sys
from labs.sandbox import reachable
reachable.everybody_passes = lambda path: sys.prefix in str(path)
found = reachable.reachable_interpreter(20_001)
assert found == reachable.reachable_interpreter(20_002)
print(found.executable, flush=True)
sys.stdin.read()
"""


def maker(folder: Path) -> "tuple[subprocess.Popen[str], Path]":
    """A process that made a copy for its jobs, and where."""
    process = beside(MAKE, temporary=folder)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_all_jobs_of_a_worker_share_one_copy_that_goes_with_it(tmp_path: Path) -> None:
    process, python = maker(tmp_path)
    with process:
        assert len([*tmp_path.iterdir()]) == 1
        said = subprocess.run(
            [python, "-c", "import sys, json, numpy; print(sys.base_prefix)"],
            env={"LD_LIBRARY_PATH": str(python.parents[2] / "python" / "lib")},
            capture_output=True,
            text=True,
            check=True,
        )
        writable = [
            each
            for each in python.parents[2].rglob("*")
            if not each.is_symlink() and each.stat().st_mode & 0o022
        ]

    assert said.stdout.strip() == str(python.parents[2] / "python")
    assert writable == []
    assert [*tmp_path.iterdir()] == []


def test_what_a_killed_worker_left_is_removed_by_the_next_and_what_a_living_one_has_is_not(
    tmp_path: Path,
) -> None:
    killed, left = maker(tmp_path)
    living, used = maker(tmp_path)
    with killed, living:
        killed.kill()
        killed.wait()
        next_one, made = maker(tmp_path)
        with next_one:
            there = {path.exists() for path in (used, made)}
            gone = not left.exists()

    assert there == {True}
    assert gone


def test_a_user_that_reaches_this_python_is_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable, "everybody_passes", lambda path: True)

    assert reachable.reachable_interpreter(20_001) == this_interpreter()
    assert reachable.reachable_interpreter(None) == this_interpreter()
