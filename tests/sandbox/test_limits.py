"""What a job may use up: it is told what was too much, and the machine keeps the rest."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from labs.sandbox import limits as fixed_limits
from tests.sandbox.lab import MODEST, REACHED, SmallLab

pytestmark = pytest.mark.sandbox

FORKS = """
    import os, time
    made = 0
    try:
        for _ in range(150):
            if os.fork() == 0:
                time.sleep(3)
                os._exit(0)
            made += 1
    except OSError as error:
        print(error)
    print("REACHED" if made == 150 else made)
"""


def test_a_fork_bomb_stays_within_its_processes(lab: SmallLab) -> None:
    assert REACHED in lab.bare(FORKS).splitlines()

    said = lab.train(FORKS).result.log.splitlines()

    assert "[Errno 11] Resource temporarily unavailable" in said
    assert any(0 < int(line) < MODEST.processes for line in said if line.isdigit())


def test_a_thread_bomb_stays_within_its_processes(lab: SmallLab) -> None:
    bomb = """
    import threading, time
    for made in range(150):
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
    print("REACHED")
    """
    assert REACHED in lab.bare(bomb).splitlines()

    assert "can't start new thread" in lab.train(bomb).result.log


MEMORY = {
    "one process": """
    room = []
    for _ in range(700):
        room.append(bytearray(1 << 20))
    print("REACHED")
    """,
    "memory shared without a name": """
    import mmap, time
    room = mmap.mmap(-1, 700 << 20)
    for start in range(0, len(room), 4096):
        room[start] = 1
    time.sleep(1)
    print("REACHED")
    """,
    "a family of processes": """
    import os, time
    for _ in range(5):
        if os.fork() == 0:
            room = bytearray(b"x") * (150 << 20)
            time.sleep(3)
            os._exit(0)
    time.sleep(3)
    print("REACHED")
    """,
}


@pytest.mark.parametrize("kind", MEMORY)
def test_a_memory_bomb_ends_as_too_much_memory(kind: str, lab: SmallLab) -> None:
    assert REACHED in lab.bare(MEMORY[kind]).splitlines()

    ran = lab.train(MEMORY[kind], replace(MODEST, memory_mb=200))

    assert REACHED not in ran.result.log.splitlines()
    assert ran.error_kind == "out_of_memory"


def test_temporary_files_count_as_memory(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import time
        with open("/dev/shm/x", "wb") as file:
            for _ in range(95):
                file.write(bytes(1 << 20))
        room = bytearray(b"x") * (120 << 20)
        time.sleep(2)
        """,
        replace(MODEST, memory_mb=200, disk_mb=200),
    )

    assert ran.error_kind == "out_of_memory"


DISKS = ("/tmp", "/tmp/job", "/dev/shm")


@pytest.mark.parametrize("folder", DISKS)
def test_a_disk_bomb_fills_only_its_own_disk(folder: str, lab: SmallLab) -> None:
    ran = lab.train(
        f"""
        for number in range(20):
            with open(f"{folder}/{{number}}", "wb") as file:
                for _ in range(16):
                    file.write(bytes(1 << 20))
        print("REACHED")
        """,
        replace(MODEST, memory_mb=300),
    )

    assert REACHED not in ran.result.log.splitlines()
    assert ran.error_kind == "disk_full"


@pytest.mark.parametrize("folder", ["/", "/dev", "/usr", "/data", "/solution", "/code", "/root"])
def test_there_is_nowhere_else_to_write(folder: str, lab: SmallLab) -> None:
    ran = lab.train(f'open("{folder}/file", "wb").write(b"x")\nprint("REACHED")')

    assert REACHED not in ran.result.log.splitlines()


def test_a_flood_of_file_names_is_ended(lab: SmallLab) -> None:
    ran = lab.train(
        f"""
        import time
        for number in range({fixed_limits.FILES} + 100):
            open(f"/tmp/{{number}}", "w").close()
        time.sleep(2)
        """
    )

    assert ran.error_kind == "too_many_files"


def test_a_flood_of_open_files_is_refused(lab: SmallLab) -> None:
    ran = lab.train("room = [open('/dev/null') for _ in range(5000)]\nprint('REACHED')")

    assert "Too many open files" in ran.result.log


def test_a_flood_of_output_is_drained_and_then_ended(lab: SmallLab) -> None:
    ran = lab.train("while True:\n    print('x' * 100_000)")

    assert ran.error_kind == "too_much_output"
    assert len(ran.result.log) <= 64 * 1024


def test_a_flood_of_events_is_ended(lab: SmallLab) -> None:
    ran = lab.train("while True:\n    run._events.send('metric', {'loss': 1, 'x': 'y' * 9000})")

    assert ran.error_kind == "too_much_output"


def test_an_endless_loop_runs_out_of_time(lab: SmallLab) -> None:
    ran = lab.train("while True: pass", replace(MODEST, train_seconds=1))

    assert ran.result.status == "timed_out"
    assert ran.error_kind == "out_of_time"
    assert ran.result.seconds < 2


def test_ignored_signals_make_no_difference(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import signal
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True: pass
        """,
        replace(MODEST, train_seconds=1),
    )

    assert ran.result.status == "timed_out"
    assert ran.result.seconds < 2


@pytest.mark.parametrize("way", ["return bytes(20 << 20)", "FLOOD"])
def test_a_giant_model_is_refused(way: str, lab: SmallLab) -> None:
    """Returned in good faith, or written around the harness straight into its pipe."""
    flood = """
    import os, stat
    for fd in range(4, 64):
        try:
            while stat.S_ISFIFO(os.fstat(fd).st_mode) and fd != run._events._fd:
                os.write(fd, bytes(1 << 16))
        except OSError:
            pass
    """
    ran = lab.train(flood if way == "FLOOD" else way)

    assert ran.error_kind == "model_too_large"
    assert not lab.model.exists()
    assert not list(lab.folder.glob("*.part"))


def test_memory_and_time_used_are_reported(lab: SmallLab) -> None:
    ran = lab.train("import time\nroom = bytearray(b'x') * (100 << 20)\ntime.sleep(0.5)")

    assert 100 < ran.result.peak_memory_mb < 250
    assert 0.5 < ran.result.seconds < 10


def test_what_a_job_sees_of_the_machine_is_little(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import json, os
        print(json.dumps({
            "files": sorted(os.listdir("/")), "code": sorted(os.listdir("/code/labs")),
            "domain": sorted(os.listdir("/code/labs/domain")), "dev": sorted(os.listdir("/dev")),
            "environment": sorted(os.environ), "open": os.listdir("/proc/self/fd"),
            "pids": sorted(int(each) for each in os.listdir("/proc") if each.isdigit()),
        }))
        """
    )
    seen = json.loads(ran.result.log.splitlines()[0])

    assert set(seen["files"]) >= {"code", "data", "solution", "usr", "tmp"}
    assert not {"home", "var", "srv", "mnt", "boot", "run"} & set(seen["files"])
    assert set(seen["code"]) == {"__init__.py", "domain", "harness", "kit"}
    assert set(seen["domain"]) == {"__init__.py", "jobs.py"}
    assert len(seen["pids"]) == 2
    assert len(seen["open"]) == 6  # three standard ones, events, result, and the listing itself
    assert not {name for name in seen["environment"] if "STUDYHUB" in name or "KEY" in name}
    assert not any(name.startswith(("sd", "vd", "nvme", "mem", "kmsg")) for name in seen["dev"])


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives every slot a user of its own")
def test_every_slot_has_a_user_of_its_own(lab: SmallLab) -> None:
    lab.write("import os\nprint(os.getresuid(), os.getresgid(), os.getgroups())")
    uid = 20_001 + lab.job().slot
    assert f"({uid}, {uid}, {uid}) ({uid}, {uid}, {uid}) []" in lab.run().result.log


def test_files_under_a_strict_umask_are_still_readable_inside(lab: SmallLab) -> None:
    lab.write("print('sum', data.train_x.sum())")
    for path in (lab.solution, lab.train_data):
        _close(path)

    assert "sum 45.0" in lab.run().result.log


def _close(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o600)
    folder.chmod(0o700)


def test_one_file_may_be_no_larger_than_the_disk(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import os
        fd = os.open("/dev/shm/x", os.O_CREAT | os.O_WRONLY)
        os.ftruncate(fd, 33 << 20)
        """
    )

    assert ran.error_kind == "disk_full"


def test_a_job_goes_first_where_the_machine_runs_out_of_memory(lab: SmallLab) -> None:
    ran = lab.train("print('score', open('/proc/self/oom_score_adj').read())")

    assert "score 1000" in ran.result.log
