"""Tier 2's own parts: its keeper, its folder, and what it measures."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.domain.errors import NoSandbox
from labs.harness.removal import remove
from labs.sandbox import Preferences, choose, prefer
from labs.sandbox import jobfolder as folders
from labs.sandbox.disk import named_files, nameless_files
from labs.sandbox.jobfolder import JobFolder, link_tree
from labs.sandbox.landlock import LandlockSandbox
from labs.sandbox.limits import FILES
from tests.sandbox.lab import SmallLab, processes_with, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")

# Leaves what it can: the session, the process group, its parent.
RUNAWAY = """
    import os, subprocess, sys, time
    os.setsid()
    os.setpgid(0, 0)
    sleep = "import time; time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", sleep, "{marker}"], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
    time.sleep(60)
"""


@pytest.fixture
def lab(tmp_path: Path, require: Callable[[str, bool, str], None]) -> SmallLab:
    prefer(Preferences(tier="landlock"))
    try:
        sandbox = choose()
    except NoSandbox as none:
        require("sandbox", False, f"{none.message} {none.cure}")
        raise
    finally:
        prefer(Preferences())
    return SmallLab(tmp_path / "lab", sandbox)


@pytest.mark.sandbox
def test_a_run_ends_with_its_keeper_and_leaves_nothing(lab: SmallLab) -> None:
    marker = f"runaway-{os.getpid()}-{time.monotonic_ns()}"
    lab.write(RUNAWAY.format(marker=marker))

    def end_the_keeper() -> None:
        if wait_until(lambda: bool(processes_with(marker)), 10):
            keepers = [pid for pid in _children() if "labs.harness.keeper" in _command(pid)]
            for pid in keepers:
                os.kill(pid, signal.SIGKILL)

    murderer = threading.Thread(target=end_the_keeper)
    murderer.start()
    ran = lab.run()
    murderer.join()

    assert ran.error_kind == "killed"
    assert wait_until(lambda: not processes_with(marker), 5)


@pytest.mark.sandbox
def test_a_job_can_neither_signal_nor_change_its_keeper(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import os, resource
        keeper = os.getppid()
        for act in (
            lambda: os.kill(keeper, 0),
            lambda: os.kill(-keeper, 0),
            lambda: os.kill(keeper, 9),
            lambda: resource.prlimit(keeper, resource.RLIMIT_CPU, (1, 1)),
            lambda: os.setpriority(os.PRIO_PROCESS, keeper, 19),
            lambda: os.sched_setaffinity(keeper, {0}),
            lambda: os.pidfd_open(keeper),
            lambda: open(f"/proc/{keeper}/cmdline").read(),
        ):
            try:
                act()
                print("REACHED")
            except PermissionError:
                print("refused")
        return 1
        """
    )

    assert ran.result.ok
    assert ran.result.log.splitlines() == ["refused"] * 8


@pytest.mark.sandbox
def test_what_belongs_to_the_jobs_user_outside_keeps_its_modes(
    lab: SmallLab, request: pytest.FixtureRequest
) -> None:
    """Landlock does not look at modes, owners and times; the filter refuses to change any."""
    reachable = Path(tempfile.mkdtemp(dir="/tmp"))
    reachable.chmod(0o777)
    request.addfinalizer(lambda: shutil.rmtree(reachable))
    own = reachable / "own.txt"
    own.write_text("x")
    if os.getuid() == 0:
        uid = 20_001 + lab.job().slot
        os.chown(own, uid, uid)
    before = own.stat()
    lab.aim_at({"own": str(own)})

    lab.train(
        """
        import os
        path = data.targets["own"]
        for act in (
            lambda: os.chmod(path, 0),
            lambda: os.chown(path, -1, -1),
            lambda: os.utime(path, (0, 0)),
            lambda: os.setxattr(path, "user.x", b"x"),
            lambda: os.truncate(path, 0),
            lambda: os.unlink(path),
            lambda: os.rename(path, path + "x"),
        ):
            try:
                act()
            except OSError:
                pass
        """
    )

    after = own.stat()
    assert own.read_text() == "x"
    assert (after.st_mode, after.st_uid, after.st_mtime) == (
        *(before.st_mode, before.st_uid),
        before.st_mtime,
    )


@pytest.mark.sandbox
def test_worker_processes_of_a_data_loader_are_refused_in_words(lab: SmallLab) -> None:
    ran = lab.train("import multiprocessing\nmultiprocessing.Queue()")

    assert ran.result.error is not None
    assert "num_workers=0" in ran.result.error.message


@pytest.mark.sandbox
def test_removed_files_that_are_still_open_count_as_disk(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import tempfile, time
        room = [tempfile.TemporaryFile() for _ in range(4)]
        for file in room:
            file.write(bytes(16 << 20))
            file.flush()
        time.sleep(5)
        print("REACHED")
        """
    )

    assert ran.error_kind == "disk_full"
    assert "REACHED" not in ran.result.log


@pytest.mark.sandbox
def test_a_folder_that_cannot_be_looked_into_ends_the_job(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import os, time
        for depth in range(3000):
            os.mkdir("d")
            os.chdir("d")
        time.sleep(5)
        print("REACHED")
        """
    )

    assert ran.error_kind == "too_many_files"
    assert "REACHED" not in ran.result.log


@pytest.mark.sandbox
def test_a_jobs_folder_goes_with_it_whatever_is_in_it(
    lab: SmallLab, request: pytest.FixtureRequest
) -> None:
    scratch = Path(tempfile.mkdtemp(dir="/tmp"))
    scratch.chmod(0o755)
    request.addfinalizer(lambda: remove(scratch))
    lab.sandbox = LandlockSandbox(as_root=os.getuid() == 0, scratch=scratch)

    lab.train(
        """
        import os
        os.mkdir("closed", 0)
        os.symlink("/", "link")
        for depth in range(500):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        """
    )

    assert not list(scratch.iterdir())


def test_removal_follows_no_link_and_needs_no_depth(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "closed").mkdir()
    (folder / "closed" / "file").touch()
    (folder / "closed").chmod(0)
    script = "import os\nfor _ in range(3000):\n    os.mkdir('d' * 100); os.chdir('d' * 100)"
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)

    remove(folder)
    remove(folder)

    assert not folder.exists()
    assert (kept / "file").exists()


def test_names_are_counted_to_the_limit_and_no_further(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(bytes(8192))
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").touch()

    size, names = named_files(tmp_path)

    assert names == 7
    assert 5 * 8192 <= size < 20 * 8192
    assert names < FILES


def test_open_files_without_a_name_are_counted_once(tmp_path: Path) -> None:
    before = nameless_files([os.getpid()])
    with (tmp_path / "file").open("wb") as file, (tmp_path / "file").open("rb"):
        file.write(bytes(1 << 20))
        file.flush()
        (tmp_path / "file").unlink()

        assert nameless_files([os.getpid(), os.getpid()]) - before == pytest.approx(
            1 << 20, abs=8192
        )


def test_for_another_user_files_are_linked_and_closed_ones_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chown", lambda *_: None)
    monkeypatch.setattr(folders, "everybody_passes", lambda path: False)
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "open").write_text("a")
    (source / "open").chmod(0o644)
    (source / "inner" / "closed").write_text("b")
    (source / "inner" / "closed").chmod(0o600)
    (source / "link").symlink_to("/etc/passwd")
    folder = JobFolder(tmp_path, uid=20_001)

    shown = folder.shown("data", source)

    assert shown == folder.path / "data"
    assert (shown / "open").samefile(source / "open")
    assert (shown / "inner" / "closed").stat().st_mode & 0o777 == 0o644
    assert (source / "inner" / "closed").stat().st_mode & 0o777 == 0o600
    assert (shown / "link").is_symlink()
    folder.remove()
    assert (source / "open").read_text() == "a"


def test_the_present_user_is_shown_files_where_they_are(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path, uid=None)

    assert folder.shown("data", tmp_path) == tmp_path
    folder.remove()


def test_names_can_be_left_out_of_a_linked_tree(tmp_path: Path) -> None:
    (tmp_path / "source" / "tests").mkdir(parents=True)
    (tmp_path / "source" / "a").touch()

    link_tree(tmp_path / "source", tmp_path / "copy", {"tests"})

    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["a"]


def _children() -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found.extend(map(int, listing.read_text().split()))
    return found


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
