"""What killed workers leave in the system's temporary folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from labs.sandbox.temporary import HeldFolder, sweep
from tests.processes import python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Its locks are others")

# One whose trial job and whose tier 2 job are under way, the trial for as long as somebody reads.
AT_WORK = """
import sys
from labs.sandbox import tiers
from labs.sandbox.jobfolder import JobFolder
def under_way(*job, **rest):
    JobFolder(None, None)
    print("at work", flush=True)
    sys.stdin.read()
tiers.run_job = under_way
tiers._try(None)
"""


def at_work(folder: Path) -> "subprocess.Popen[str]":
    process = python(AT_WORK, temporary=folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


def test_the_next_worker_removes_what_a_killed_one_left_and_nothing_of_one_that_lives(
    tmp_path: Path,
) -> None:
    with at_work(tmp_path) as killed:
        left = {*tmp_path.iterdir()}
        killed.kill()
        killed.wait()
    with at_work(tmp_path) as living:
        used = {*tmp_path.iterdir()} - left
        with at_work(tmp_path) as next_one:
            there = {*tmp_path.iterdir()}
            next_one.kill()
        living.kill()

    assert {path.name[:13] for path in left} == {"studyhub-tria", "studyhub-work"}
    assert not there & left
    assert len(used) == 2
    assert used < there


def test_a_held_folder_is_swept_once_it_was_let_go(tmp_path: Path) -> None:
    held = HeldFolder("mine-", tmp_path)
    (held.path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "other-1").mkdir()
    (tmp_path / "mine-link").symlink_to(tmp_path / "other-1")
    sweep("mine-", tmp_path)
    assert held.path.is_dir()
    held.remove()
    held.remove()
    (tmp_path / "mine-left").mkdir()
    sweep("mine-", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"other-1", "mine-link"}
