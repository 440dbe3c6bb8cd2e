"""`manage.py run_lab` as a process: no server, no migrated database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "tests" / "fixtures" / "labs" / "brighter"
KEYS = [
    "lab", "state", "grade", "score", "metrics", "thresholds",
    "seed", "hidden", "seconds", "log", "error",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run_lab(home, sandbox_works):
    def run(*arguments: object, settings="tests.fixtures.labs_settings", **more: str):
        environment = {
            **os.environ,
            "STUDYHUB_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": settings,
            # Anybody who touches the database fails.
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            **more,
        }
        return subprocess.run(
            [sys.executable, "manage.py", "run_lab", *map(str, arguments)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip

    return run


@pytest.mark.sandbox
def test_the_reference_passes_and_json_is_one_object(run_lab, home):
    done = run_lab("brighter", LAB / "reference.py", "--json", "--cpu", "--seed", 5)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(KEYS) <= set(result)
    assert (result["lab"], result["state"], result["grade"]) == ("brighter", "passed", "excellent")
    assert result["seed"] == 5
    assert result["error"] is None
    assert set(result["seconds"]) == {"train", "predict", "total"}
    assert set(result["hidden"]) == {"feedback", "final"}
    assert (home / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.sandbox
def test_the_starter_is_graded_but_does_not_pass(run_lab):
    done = run_lab("brighter", LAB / "starter.py", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["grade"] == "fail"


@pytest.mark.sandbox
def test_people_read_the_grade_in_words(run_lab):
    done = run_lab("brighter", LAB / "reference.py")
    assert done.returncode == 0
    assert "training ..." in done.stdout
    assert "comparing halves" in done.stdout
    assert "Excellent: accuracy" in done.stdout


@pytest.mark.sandbox
def test_what_runs_too_long_is_not_graded(run_lab, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("def train(data, run):\n    while True: pass\ndef predict(m, i, run): ...\n")
    done = run_lab("brighter", slow, "--json", "--limit", 1)
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert (result["state"], result["error"]["kind"]) == ("timed_out", "out_of_time")
    assert result["grade"] is None


def test_a_syntax_error_is_named_with_its_line(run_lab, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\ndef train(\n")
    done = run_lab("brighter", broken, "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "syntax"
    assert "line 2" in error["message"]


def test_missing_data_says_what_to_type_and_fetches_nothing(run_lab, home):
    solution = ROOT / "labs/exercises/mnist-baseline/starter.py"
    done = run_lab(
        "mnist-baseline", solution, "--json",
        settings="studyhub.settings", STUDYHUB_DATA_MIRROR="",
    )  # fmt: skip
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "dataset_missing"
    assert "MNIST handwritten digits, 17.1 MB. Licence: CC BY-SA 3.0" in error["message"]
    assert "python manage.py fetch_data mnist-baseline" in error["detail"]
    assert not list((home / "data").iterdir())


@pytest.mark.sandbox
def test_a_machine_that_fails_is_no_lab_that_was_not_passed(run_lab, tmp_path):
    (tmp_path / "prepared").write_text("where a folder has to be")
    done = run_lab("brighter", LAB / "reference.py", "--json", STUDYHUB_HOME=str(tmp_path))
    assert done.returncode == 2, done.stderr
    result = json.loads(done.stdout)
    assert (result["state"], result["error"]["kind"]) == ("errored", "platform")
    assert "prepared" in result["error"]["message"]


def test_an_unknown_lab_names_those_there_are(run_lab):
    done = run_lab("nowhere", LAB / "starter.py")
    assert done.returncode == 2
    assert "brighter" in done.stdout


def test_a_file_that_is_not_there_is_not_graded(run_lab):
    done = run_lab("brighter", "nowhere.py")
    assert done.returncode == 2
    assert "nowhere.py" in done.stderr


def test_the_worker_needs_no_torch():
    """A worker or a web process that loads torch would be some 300 MB larger."""
    code = (
        "import django, sys; django.setup(); import labs.tasks, labs.services, studyhub.urls;"
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "studyhub.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0
