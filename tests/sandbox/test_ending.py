"""However a job ends, nothing of it goes on."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import uuid
from pathlib import Path

import pytest

from labs.sandbox.bubblewrap import find_bwrap
from labs.sandbox.orphans import end_orphans
from tests.sandbox.lab import SmallLab, processes_with, wait_until

pytestmark = pytest.mark.sandbox


@pytest.fixture
def marker() -> str:
    """A word in the command line of the processes that an attack leaves behind."""
    return f"left-behind-{uuid.uuid4().hex}"


def daemon(marker: str) -> str:
    return f"""
    import os, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            sleep = "import time; time.sleep(60)"
            os.execv(sys.executable, [sys.executable, "-c", sleep, "{marker}"])
        os._exit(0)
    time.sleep(0.3)
    """


def test_a_daemon_does_not_outlive_its_job(lab: SmallLab, marker: str) -> None:
    lab.bare(daemon(marker))
    escaped = processes_with(marker)
    assert escaped
    for pid in escaped:
        os.kill(pid, signal.SIGKILL)

    ran = lab.train(daemon(marker))

    assert ran.result.ok
    assert not processes_with(marker)


def test_a_daemon_does_not_outlive_a_harness_that_it_kills(lab: SmallLab, marker: str) -> None:
    ran = lab.train(daemon(marker) + "\n    os.kill(os.getpid(), 9)\n")

    assert ran.error_kind == "killed"
    assert not processes_with(marker)


def test_a_job_that_kills_all_it_can_kills_only_itself(lab: SmallLab, marker: str) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", marker])

    ran = lab.train(
        daemon(marker)
        + """
    os.kill(-1, 9)
    print("swept")
    """
    )

    assert ran.result.ok
    assert "swept" in ran.result.log
    assert bystander.poll() is None
    assert processes_with(marker) == [bystander.pid]
    bystander.kill()
    bystander.wait()


def test_a_cancelled_job_is_gone_within_a_second(lab: SmallLab, marker: str) -> None:
    lab.write(daemon(marker) + "\n    while True: time.sleep(1)\n")
    began = time.monotonic()

    def cancelled() -> str | None:
        return "You stopped it." if processes_with(marker) else None

    ran = lab.run(should_stop=cancelled)

    assert ran.result.status == "stopped"
    assert ran.result.error is not None
    assert ran.result.error.message == "You stopped it."
    assert not processes_with(marker)
    assert time.monotonic() - began < 5


def test_a_callback_that_fails_takes_the_job_with_it(lab: SmallLab, marker: str) -> None:
    lab.write(daemon(marker) + "\n    while True: time.sleep(1)\n")

    def broken() -> str | None:
        if processes_with(marker):
            raise ConnectionError("the database is gone")
        return None

    with pytest.raises(ConnectionError):
        lab.run(should_stop=broken)
    assert not processes_with(marker)


def test_nothing_survives_the_workers_death(lab: SmallLab, marker: str, tmp_path: Path) -> None:
    lab.write(daemon(marker) + "\n    while True: time.sleep(1)\n")
    worker = tmp_path / "worker.py"
    worker.write_text(
        textwrap.dedent(
            """
            import sys
            from labs.domain.jobs import Job
            from labs.sandbox import choose, run_job
            import json
            job = Job.from_json(json.loads(sys.argv[1]))
            run_job(choose(), job, on_event=lambda kind, data: None, should_stop=lambda: None)
            """
        )
    )
    import_root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, str(worker), json.dumps(lab.job().to_json())],
        env={**os.environ, "PYTHONPATH": import_root},
    )
    assert wait_until(lambda: bool(processes_with(marker)), 10)

    process.kill()
    process.wait()

    assert wait_until(lambda: not processes_with(marker), 2)


def test_stop_collect_and_cleanup_may_be_repeated(lab: SmallLab) -> None:
    lab.write("while True: pass")
    handle = lab.sandbox.start(lab.job())

    lab.sandbox.stop(handle, "first")
    lab.sandbox.stop(handle, "second")
    results = {lab.sandbox.collect(handle).status for _ in range(2)}
    for _ in range(2):
        lab.sandbox.cleanup(handle)
    lab.sandbox.stop(handle, "third")

    assert results == {"stopped"}
    assert lab.sandbox.status(handle) == "ended"
    error = lab.sandbox.collect(handle).error
    assert error is not None
    assert error.message == "first"


def test_cleanup_leaves_no_files(lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="studyhub-") as own:
        # A place of this test's own: other tests make and remove files in the usual one.
        Path(own).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", own)

        assert lab.train("return 1").result.ok

        assert not list(Path(own).iterdir())
    assert sorted(path.name for path in lab.folder.iterdir()) == [
        "hidden",
        "model.pickle",
        "solution",
        "train",
    ]


def test_what_a_bwrap_leaves_that_is_killed_as_it_starts_is_ended_by_the_next_worker(
    marker: str,
) -> None:
    bwrap = find_bwrap()
    assert bwrap
    waits_for, never_told = os.pipe()
    options = ["--unshare-user", "--unshare-pid", "--die-with-parent", "--ro-bind", "/", "/"]
    options += ["--userns-block-fd", str(waits_for), "--info-fd", "2"]
    starting = subprocess.Popen(
        [bwrap, *options, "true", "labs.harness", marker],
        pass_fds=(waits_for,),
    )
    assert wait_until(lambda: len(processes_with(marker)) == 2, 10)
    assert end_orphans() == 0, "a start that goes well was taken for an orphan"
    starting.kill()
    starting.wait()
    assert processes_with(marker), "nothing was left, so nothing is shown"

    end_orphans()

    assert wait_until(lambda: not processes_with(marker), 10)
    os.close(waits_for)
    os.close(never_told)
