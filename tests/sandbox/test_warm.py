"""Sandboxes that are started before their job is known promise what the others promise."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from labs.domain.jobs import Job, Phase
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.pool import Pool, WarmSandbox
from labs.sandbox.warm import Wish
from tests.sandbox.lab import MODEST, SmallLab, processes_with, wait_until

pytestmark = pytest.mark.sandbox
PHASES: tuple[Phase, ...] = ("train", "predict")
WAITING = '"door"'  # in the command line of a harness that waits
SAW = """
import json, os
def tree(*roots):
    return sorted(
        os.path.join(folder, name)
        for root in roots for folder, _, names in os.walk(root) for name in names
    )
"""


@pytest.fixture
def tier_1(sandbox, require: Callable[[str, bool, str], None]) -> BubblewrapSandbox:
    require("sandbox", type(sandbox) is BubblewrapSandbox, "tier 1 does not work here")
    return sandbox


class Warm:
    """A pool for the small lab, with numpy imported only."""

    def __init__(self, folder: Path, sandbox: BubblewrapSandbox, memory_mb: int = 500) -> None:
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        self.slots_left = True
        self.slots = iter(range(1_000 + os.getpid() % 900 * 30, 40_000))
        self.pool = Pool(sandbox, folder=folder, memory_mb=memory_mb, slots=self.slot)
        self.lab = SmallLab(folder.with_name("lab"), WarmSandbox(sandbox, self.pool))

    @contextmanager
    def slot(self) -> Iterator[int]:
        if not self.slots_left:
            raise OSError("all slots are taken")
        yield next(self.slots)

    def fill(self, *phases: Phase, imports: tuple[str, ...] = ("numpy",)) -> int:
        self.pool.want([Wish(self.lab.job(phase), imports) for phase in phases])
        return self.pool.ready(30)


@pytest.fixture
def warm(tmp_path: Path, tier_1: BubblewrapSandbox) -> Iterator[Warm]:
    made = Warm(tmp_path / "pool", tier_1)
    yield made
    made.pool.close()


def test_a_job_finds_its_libraries_imported_and_otherwise_what_a_cold_one_finds(warm: Warm):
    code = SAW + (
        "import sys\n"
        "def train(data, run):\n"
        "    status = open('/proc/self/status').read()\n"
        "    run.figure('libraries', '<svg>' + str('colorsys' in sys.modules) + '</svg>')\n"
        "    print(tree('/solution', '/data', '/model'), data.train_x.sum(), dict(os.environ))\n"
        "    print([line for line in status.splitlines() if line[:3] in ('Cap', 'NoN', 'Sec')])\n"
        "    print(len(os.listdir('/proc/self/fd')), os.getcwd(), os.nice(0), os.umask(0))\n"
        "    return 7\n"
    )
    warm.lab.write(code)
    cold = warm.lab.run()
    assert warm.fill("train", imports=("numpy", "colorsys.rgb_to_hsv")) == 1
    ran = warm.lab.run()

    assert ran.of("figure") == [{"name": "libraries", "svg": "<svg>True</svg>"}]
    assert cold.of("figure") == [{"name": "libraries", "svg": "<svg>False</svg>"}]
    assert ran.result.log == cold.result.log
    assert "/data/x.npy" in ran.result.log


def test_a_run_goes_through_two_of_them(warm: Warm):
    warm.lab.write(
        SAW
        + "def train(data, run):\n    return tree('/data')\n"
        + "def predict(model, inputs, run):\n"
        + "    print(json.dumps([model, tree('/data', '/model')]))\n    return inputs\n"
    )
    assert warm.fill(*PHASES) == 2
    assert warm.lab.run("train").result.ok
    ran = warm.lab.run("predict")

    assert ran.result.ok
    assert warm.pool.ready() == 0
    trained, predicted = json.loads(ran.result.log)
    assert trained == [
        "/data/files.json",
        "/data/manifest.json",
        "/data/targets.json",
        "/data/x.npy",
    ]
    assert predicted == ["/data/manifest.json", "/data/x.npy", "/model/model.pickle"]


def test_while_it_waits_it_has_been_shown_nothing(warm: Warm):
    warm.fill(*PHASES)
    shown = [path for path in warm.folder.rglob("*") if not path.is_dir()]

    assert shown == []
    assert len(list(warm.folder.iterdir())) == 2


def test_what_it_is_shown_cannot_be_written(warm: Warm):
    warm.lab.write(
        "def train(data, run):\n"
        "    for path in ('/solution/x', '/data/x', '/data/x.npy', '/data/manifest.json'):\n"
        "        try:\n"
        "            open(path, 'ab').close(); print('REACHED', path)\n"
        "        except OSError: pass\n"
        "    return 1\n"
    )
    before = (warm.lab.train_data / "x.npy").read_bytes()
    warm.fill("train")
    ran = warm.lab.run()

    assert ran.result.ok
    assert ran.result.log == ""
    assert (warm.lab.train_data / "x.npy").read_bytes() == before


def test_who_asks_while_one_is_being_started_waits_for_it(warm: Warm):
    warm.pool.want([Wish(warm.lab.job("train"), ("numpy",))])
    assert wait_until(lambda: any(warm.folder.iterdir()), 30)

    assert warm.pool.ready(30) == 1


def test_a_lack_of_slots_costs_one_wish_and_not_the_pool(warm: Warm):
    warm.slots_left = False
    assert warm.fill("train") == 0

    warm.slots_left = True
    assert warm.fill("train") == 1


def test_it_serves_one_job_and_leaves_nothing(warm: Warm):
    warm.fill("train")
    warm.lab.train("return 1")

    assert warm.pool.ready() == 0
    assert list(warm.folder.iterdir()) == []
    assert warm.lab.run().result.ok  # the next one starts cold


def test_limits_hold_from_the_moment_the_job_comes(warm: Warm):
    warm.fill("train")
    ran = warm.lab.train("import time\nkept = []\nwhile True: kept.append(bytearray(1 << 24))")
    assert ran.error_kind == "out_of_memory"

    warm.fill("train")
    ran = warm.lab.train("while True: pass", replace(MODEST, train_seconds=1))
    assert ran.result.status == "timed_out"

    warm.fill("train")
    ran = warm.lab.train(
        "import resource\n"
        "print(*[resource.getrlimit(getattr(resource, 'RLIMIT_' + name))\n"
        "        for name in ('NPROC', 'FSIZE', 'NOFILE', 'DATA')])"
    )
    assert ran.result.log.startswith(
        f"({MODEST.processes}, {MODEST.processes}) (33554432, 33554432)"
    )


@pytest.mark.parametrize(
    "other",
    [
        lambda job: replace(job, seed=job.seed + 1),
        lambda job: replace(job, limits=replace(job.limits, disk_mb=job.limits.disk_mb + 1)),
        lambda job: replace(job, phase="predict"),
        lambda job: replace(job, device="cuda"),
        lambda job: replace(job, limits=replace(job.limits, memory_mb=40)),
    ],
    ids=["seed", "disk", "phase", "device", "little memory"],
)
def test_a_job_that_wants_something_else_starts_cold(warm: Warm, other: Callable[[Job], Job]):
    warm.fill("train")

    assert warm.pool.take(other(warm.lab.job())) is None
    assert warm.pool.ready() == 1


def test_one_that_died_while_it_waited_is_not_missed(warm: Warm):
    warm.fill("train")
    for cage in warm.pool._ready:
        cage.kill()

    assert warm.lab.train("return 1").result.ok


def test_one_that_dies_when_its_job_comes_is_replaced_by_a_cold_one(
    warm: Warm, monkeypatch: pytest.MonkeyPatch
):
    take = warm.pool.take

    def take_and_kill(job: Job):
        cage = take(job)
        assert cage is not None
        cage.kill()
        return cage

    monkeypatch.setattr(warm.pool, "take", take_and_kill)
    warm.fill("train")

    ran = warm.lab.train("print('ran')\nreturn 1")
    assert ran.result.ok
    assert ran.result.log == "ran\n"


def test_they_use_no_more_memory_than_allowed(tmp_path: Path, tier_1: BubblewrapSandbox):
    warm = Warm(tmp_path / "pool", tier_1, memory_mb=1)
    assert warm.fill(*PHASES) == 0
    assert list(warm.folder.iterdir()) == []
    assert warm.lab.train("return 1").result.ok
    warm.pool.close()


def test_those_no_longer_wanted_end(warm: Warm):
    warm.fill(*PHASES)
    assert warm.fill("predict") == 1
    assert [cage.shape.phase for cage in warm.pool._ready] == ["predict"]
    assert len(list(warm.folder.iterdir())) == 1


def test_an_import_that_fails_is_left_to_the_job(warm: Warm):
    assert warm.fill("train", imports=("no_such_module",)) == 1
    assert warm.lab.train("return 1").result.ok


def test_none_outlives_its_worker(tier_1: BubblewrapSandbox, tmp_path: Path):
    worker = tmp_path / "worker.py"
    worker.write_text(
        textwrap.dedent(
            """
            import sys, time
            from pathlib import Path
            from labs.sandbox import choose
            from tests.sandbox.test_warm import Warm
            warm = Warm(Path(sys.argv[1]) / "pool", choose())
            print(warm.fill("train", "predict"), flush=True)
            time.sleep(60)
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, str(worker), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        assert said.readline() == b"2\n"
        waiting = [
            pid for pid in processes_with(WAITING) if _parent_of(pid, up_to=4, is_=process.pid)
        ]
        assert waiting
        process.kill()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in waiting), 5)


def _parent_of(pid: int, *, up_to: int, is_: int) -> bool:
    for _ in range(up_to):
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == is_:
            return True
    return False
