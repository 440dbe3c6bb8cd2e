"""From code to grade in a real sandbox, without a database: what each kind of mistake becomes."""

import io
import shutil
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from labs.domain.refusals import LabUnknown
from labs.domain.runs import State
from labs.domain.uploads import Upload, read_upload
from labs.sandbox import SandboxBroken
from labs.services import Order, Places, execute

LABS = Path(__file__).resolve().parents[2] / "fixtures" / "labs"
REFERENCE = (LABS / "brighter" / "reference.py").read_text()
GOOD_PREDICT = REFERENCE[REFERENCE.index("def predict") :]
GOOD_TRAIN = "def train(data, run):\n    return 1\n"
pytestmark = [pytest.mark.embedded, pytest.mark.sandbox]


@pytest.fixture
def places(tmp_path, sandbox_works) -> Places:
    return Places(LABS, tmp_path / "data", tmp_path / "prepared", tmp_path / "runs", tmp_path / "s")


@pytest.fixture
def run(places):
    """`run(code)` gives the outcome; `run.phases` and `run.events` what was told meanwhile."""

    def go(code: str, *, slug="brighter", should_stop=lambda: None, on_event=None, **more):
        go.phases, go.events = [], []
        solution = read_upload(Upload("solution.py", code.encode()))
        return execute(
            Order(name="test", slug=slug, solution=solution, seed=1, **more),
            places,
            on_phase=go.phases.append,
            on_event=on_event or (lambda kind, data: go.events.append((kind, data))),
            should_stop=should_stop,
        )

    return go


def test_the_reference_is_excellent(run):
    outcome = run(REFERENCE)
    assert (outcome.state, outcome.grade) == (State.PASSED, "excellent")
    assert outcome.metrics["accuracy"] > 0.98
    assert outcome.score >= 90
    assert set(outcome.seconds) == {"train", "predict", "total"}
    assert outcome.log == "comparing halves\n"
    assert run.phases == [State.PREPARING, State.TRAINING, State.PREDICTING, State.GRADING]


def test_what_the_code_tells_arrives_while_it_runs(run):
    run(REFERENCE)
    kinds = [kind for kind, _ in run.events]
    assert ("log", {"line": "comparing halves"}) in run.events
    assert kinds.count("metric") == 3
    assert "progress" in kinds


def test_the_starter_falls_short(run):
    outcome = run((LABS / "brighter" / "starter.py").read_text())
    assert (outcome.state, outcome.grade) == (State.FAILED, "fail")
    assert outcome.score < 60


def test_the_same_secret_file_and_seed_give_the_same_metrics(run):
    first, second = run(REFERENCE), run(REFERENCE)
    assert first.metrics == second.metrics
    assert first.predictions == second.predictions


@pytest.mark.parametrize(
    ("code", "state", "kind", "said"),
    [
        ("def train(data, run):\n    1 / 0\n" + GOOD_PREDICT, "errored", "raised", "ZeroDivision"),
        ("import nowhere\n" + GOOD_TRAIN + GOOD_PREDICT, "errored", "import", "nowhere"),
        (
            GOOD_TRAIN + "def predict(m, i, run):\n    return [float('nan')] * len(i)\n",
            "errored",
            "bad_predictions",
            "NaN",
        ),
        (
            GOOD_TRAIN + "def predict(m, i, run):\n    return [1, 0]\n",
            "errored",
            "bad_predictions",
            "2 values",
        ),
        (
            "def train(data, run):\n    return lambda: 1\n" + GOOD_PREDICT,
            "errored",
            "not_picklable",
            "",
        ),
        (
            "import os\ndef train(data, run):\n    os._exit(3)\n" + GOOD_PREDICT,
            "errored",
            "killed",
            "",
        ),
        (
            "def train(data, run):\n    return bytes(2_000_000_000)\n" + GOOD_PREDICT,
            "errored",
            "out_of_memory",
            "",
        ),
    ],
)
def test_a_mistake_becomes_a_clear_message(run, code, state, kind, said):
    outcome = run("import numpy as np\n" + code)
    assert (outcome.state, outcome.error.kind) == (state, kind)
    assert said in outcome.error.message + outcome.error.detail
    assert outcome.grade is None
    assert outcome.score is None


def test_a_line_of_the_learners_own_file_is_named(run):
    outcome = run("def train(data, run):\n    x = 1\n    raise ValueError('no')\n" + GOOD_PREDICT)
    assert "line 3" in outcome.error.message + outcome.error.detail


def test_an_endless_training_is_timed_out(run):
    outcome = run("def train(data, run):\n    while True: pass\n" + GOOD_PREDICT, limit=1.5)
    assert (outcome.state, outcome.error.kind) == (State.TIMED_OUT, "out_of_time")
    assert outcome.seconds["train"] < 6


def test_a_flood_of_output_ends_the_run_and_keeps_its_tail(run):
    flood = "def train(data, run):\n    while True: print('x' * 1000)\n" + GOOD_PREDICT
    outcome = run(flood)
    assert outcome.error.kind == "too_much_output"
    assert 0 < len(outcome.log) <= 64 * 1024


def test_stopping_ends_the_sandbox_soon(run, places):
    stop = threading.Event()

    def heard(kind, data):
        stop.set()

    started = time.monotonic()
    outcome = run(
        "import time\ndef train(data, run):\n    print('begun')\n    time.sleep(60)\n"
        + GOOD_PREDICT,
        on_event=heard,
        should_stop=lambda: "cancelled" if stop.is_set() else None,
    )
    assert outcome.state is State.CANCELLED
    assert time.monotonic() - started < 15


def test_nothing_of_a_run_stays_on_the_disk(run, places):
    run(REFERENCE)
    run("def train(data, run):\n    1 / 0\n" + GOOD_PREDICT)
    assert [path.name for path in places.runs.iterdir() if path.is_dir()] == []


def test_a_zip_of_modules_runs(places):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mine/solution.py", "from parts.rule import train, predict\n")
        archive.writestr("mine/parts/__init__.py", "")
        archive.writestr("mine/parts/rule.py", REFERENCE)
    outcome = execute(
        Order("zip", "brighter", read_upload(Upload("a.zip", buffer.getvalue())), seed=1),
        places,
        on_phase=lambda state: None,
        on_event=lambda kind, data: None,
        should_stop=lambda: None,
    )
    assert outcome.grade == "excellent"


@pytest.mark.parametrize("slug", ["nowhere", "../labs/brighter", ""])
def test_an_unknown_lab_names_those_there_are(run, slug):
    with pytest.raises(LabUnknown, match="brighter"):
        run(REFERENCE, slug=slug)


def test_a_platform_failure_raises_and_leaves_nothing(run, places, monkeypatch):
    def broken(*args, **kwargs):
        raise SandboxBroken("no more processes")

    monkeypatch.setattr("labs.services.pipeline.run_job", broken)
    with pytest.raises(SandboxBroken):
        run(REFERENCE)
    assert not any(path.is_dir() for path in places.runs.iterdir())


def test_a_changed_threshold_changes_the_grade(places, tmp_path):
    copy = tmp_path / "labs" / "brighter"
    shutil.copytree(LABS / "brighter", copy)
    toml = (copy / "lab.toml").read_text()
    easier = toml.replace("chance = 0.5", "chance = 0.1").replace("pass = 0.8", "pass = 0.3")
    (copy / "lab.toml").write_text(easier)
    starter = read_upload(Upload("starter.py", (copy / "starter.py").read_bytes()))
    grades = [
        execute(
            Order("test", "brighter", starter, seed=1),
            replace(places, exercises=exercises),
            on_phase=lambda state: None,
            on_event=lambda kind, data: None,
            should_stop=lambda: None,
        ).grade
        for exercises in (LABS, tmp_path / "labs")
    ]
    assert grades == ["fail", "pass"]
