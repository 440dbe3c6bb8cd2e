"""A worker that is killed between the grade and the packing: the file comes all the same, once."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from labs.domain.uploads import Upload
from labs.models import Artefact, Run
from labs.services import artefact, pack_missing, submit, sweep, sync_labs, tend
from labs.services.workers import identity
from studyhub.base.clock import now
from tests.integration.labs.test_execution import LABS, REFERENCE
from tests.integration.labs.test_workers import database_url
from tests.site import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

# A worker's part as Celery would call it; the power fails when the grade is written.
_WORKER = """
import os, signal
import django
django.setup()
from labs import services
from labs.services import artefacts
from studyhub.base.clock import now
def killed(*given, **named):
    if os.environ["KILLED"] == "half":
        artefacts.zipfile.ZipFile.write = dead
        return pack(*given, **named)
    dead()
def dead(*given):
    os.kill(os.getpid(), signal.SIGKILL)
pack, artefacts.pack = artefacts.pack, killed
services.execute_next(devices=("cpu",), clock=now)
"""


@pytest.fixture
def killed_run(ada, tmp_path, settings, sandbox_works):
    """`killed_run(when)` is a graded run whose worker died before its file was there."""
    settings.ARTEFACTS_DIR = tmp_path / "artefacts"
    settings.RUNS_DIR = tmp_path / "runs"
    settings.SECRET_FILE = tmp_path / "secret"

    def go(when: str) -> Run:
        sync_labs(LABS, now=now())
        run = submit(ada, "brighter", Upload("solution.py", REFERENCE.encode()), now=now())
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.fixtures.labs_settings",
            "STUDYHUB_HOME": str(tmp_path),
            "DATABASE_URL": database_url(),
            "KILLED": when,
        }
        environment.pop("REDIS_URL", None)
        worker = subprocess.run(
            [sys.executable, "-c", _WORKER], cwd=ROOT, env=environment, timeout=120, check=False
        )
        assert worker.returncode == -signal.SIGKILL
        run.refresh_from_db()
        assert run.state == "passed"
        assert not Artefact.objects.exists()
        return run

    return go


def models() -> list[Path]:
    return list(settings.RUNS_DIR.glob("*.model"))


@pytest.mark.sandbox
@pytest.mark.parametrize("when", ["before", "half"])
def test_the_file_is_packed_by_the_next_who_looks(killed_run, ada, when):
    run = killed_run(when)
    assert sweep(settings.RUNS_DIR) == 0  # what is still owed is no litter

    done = tend(now=now())
    assert (done.packed, done.runs) == (1, 1)
    assert models() == []
    with zipfile.ZipFile(artefact(ada, run.pk).path) as archive:
        assert archive.testzip() is None
        assert archive.read("code/solution.py") == REFERENCE.encode()
        assert archive.getinfo("model.pickle").file_size > 0
        assert b'"grade": "excellent"' in archive.read("result.json")
    told = Artefact.objects.get()
    assert (told.environment["device"], told.note) == ("cpu", "")
    assert tend(now=now()).packed == 0


@pytest.mark.sandbox
def test_a_worker_that_may_still_be_at_it_is_left_alone(killed_run):
    run = killed_run("before")
    Run.objects.filter(pk=run.pk).update(worker="elsewhere/pid:[1]/7")
    assert pack_missing(settings.RUNS_DIR, now=now()) == 0
    Run.objects.filter(pk=run.pk).update(worker=identity())
    assert pack_missing(settings.RUNS_DIR, now=now()) == 0
    assert len(models()) == 1
    later = run.finished_at.replace(year=run.finished_at.year + 1)
    assert pack_missing(settings.RUNS_DIR, now=later) == 1


def test_a_model_whose_run_was_never_graded_is_nobodys(ada, tmp_path):
    sync_labs(LABS, now=now())
    run = submit(ada, "brighter", Upload("solution.py", REFERENCE.encode()), now=now())
    (tmp_path / f"run-{run.pk}-1.model").write_bytes(b"weights")
    assert pack_missing(tmp_path, now=now()) == 0
    assert not Artefact.objects.exists()
