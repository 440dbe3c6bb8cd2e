"""What a graded run leaves: kept by policy, never opened, given to its owner only."""

import io
import json
import os
import pickle
import time
import zipfile
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from labs.domain.artefacts import NO_ROOM, OUTDONE, Kept, to_remove
from labs.domain.outcome import RunOutcome
from labs.domain.refusals import ArtefactGone, RunUnknown
from labs.domain.runs import PHASES, State
from labs.models import Artefact, Run
from labs.services import Places, artefact, claims, tend
from labs.services.artefacts import pack
from labs.services.exercises import prune_prepared
from studyhub.accounts.models import User
from tests.integration.labs.conftest import SOLUTION


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.ARTEFACTS_DIR = tmp_path / "artefacts"


class Trap:
    """Whoever unpickles it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


@pytest.fixture
def leave(hand_in, clock, tmp_path):
    """`leave(user, score)` ends a run with that score and packs what it left."""

    def go(user: User, score: float = 80.0, model: bytes = b"weights", flagged: str = "") -> Run:
        run = hand_in(user)
        claim = claims.claim_next(devices=("cpu",), worker="w", now=clock.pass_(seconds=1))
        for phase in PHASES[2:]:
            claims.enter(claim, phase, now=clock())
        outcome = RunOutcome(
            State.PASSED, grade="good", score=score, metrics={"accuracy": 0.9}, device="cpu",
            seconds={"train": 1.0}, flagged=flagged,
        )  # fmt: skip
        claims.finish(claim, outcome, now=clock())
        file = tmp_path / "model"
        file.write_bytes(model)
        pack(run.pk, outcome, {"solution.py": SOLUTION}, file, now=clock())
        return run

    return go


def kept() -> set[int]:
    return set(Artefact.objects.exclude(file="").values_list("run", flat=True))


def test_its_owner_gets_model_code_environment_and_result(ada, leave):
    run = leave(ada)
    client = APIClient()
    client.force_authenticate(ada)
    answer = client.get(f"/api/v1/runs/{run.pk}/artefact/")
    assert answer["Content-Type"] == "application/zip"
    assert f"threes-run-{run.pk}.zip" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.read("model.pickle") == b"weights"
        assert archive.read("code/solution.py") == SOLUTION
        environment = json.loads(archive.read("environment.json"))
        assert json.loads(archive.read("result.json"))["grade"] == "good"
    assert environment["packages"]["numpy"]
    assert (environment["device"], environment["seed"]) == ("cpu", 42)
    told = client.get(f"/api/v1/runs/{run.pk}/").json()["artefact"]
    assert (told["available"], told["model_bytes"]) == (True, 7)


def test_a_stranger_gets_nothing(ada, bob, leave):
    with pytest.raises(RunUnknown):
        artefact(bob, leave(ada).pk)


def test_a_model_is_never_opened_here(ada, leave, tmp_path):
    sprung = tmp_path / "sprung"
    run = leave(ada, model=pickle.dumps(Trap(sprung)))
    artefact(ada, run.pk)
    tend(now=run.created_at, places=places(tmp_path))
    assert not sprung.exists()


def test_best_and_newest_are_kept_and_the_page_says_why_others_went(ada, leave):
    runs = [leave(ada, score) for score in (70.0, 90.0, 80.0, 75.0)]
    assert kept() == {runs[1].pk, runs[3].pk}
    with pytest.raises(ArtefactGone, match="your best and your newest"):
        artefact(ada, runs[0].pk)


def test_each_learner_has_their_own(ada, bob, leave):
    runs = [leave(ada, 90.0), leave(bob, 70.0)]
    assert kept() == {run.pk for run in runs}


def test_a_model_beyond_the_limit_is_left_out_and_the_rest_is_kept(ada, leave, settings):
    settings.ARTEFACT_MB = 0
    run = leave(ada)
    with zipfile.ZipFile(artefact(ada, run.pk).path) as archive:
        assert "model.pickle" not in archive.namelist()
        assert "code/solution.py" in archive.namelist()
    assert "keeps 0 MB" in Artefact.objects.get(run=run).note


def test_where_the_sites_room_is_used_up_the_oldest_go(ada, bob, leave, settings, tmp_path, clock):
    old, new = leave(ada), leave(bob)
    settings.ARTEFACTS_MB = Artefact.objects.get(run=new).size / 1e6
    tend(now=clock(), places=places(tmp_path))
    assert kept() == {new.pk}
    assert Artefact.objects.get(run=old).note == NO_ROOM
    assert [path.name for path in (tmp_path / "artefacts").iterdir()] == [f"run-{new.pk}.zip"]


def test_files_of_deleted_accounts_go(ada, leave, tmp_path, clock):
    run = leave(ada)
    Run.objects.filter(pk=run.pk).delete()
    (file,) = (tmp_path / "artefacts").iterdir()
    assert tend(now=clock(), places=places(tmp_path)).orphans == 0  # it may be being written
    os.utime(file, (time.time() - 7_200,) * 2)
    assert tend(now=clock(), places=places(tmp_path)).orphans == 1


def test_a_run_without_a_grade_leaves_nothing(ada, hand_in, clock, tmp_path):
    run = hand_in(ada)
    pack(run.pk, RunOutcome(State.ERRORED), {}, tmp_path / "model", now=clock())
    assert not Artefact.objects.exists()
    with pytest.raises(ArtefactGone):
        artefact(ada, run.pk)


def test_a_disk_that_is_full_does_not_spoil_the_run(ada, leave, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labs.services.artefacts.tempfile.mkstemp", full)
    run = leave(ada)
    assert Run.objects.get(pk=run.pk).state == "passed"
    assert not kept()


def test_a_flagged_score_is_nobodys_best():
    runs = [Kept(1, 1, 1, 70, 5), Kept(2, 1, 1, 99, 5, counts=False), Kept(3, 1, 1, 60, 5)]
    assert to_remove(runs, room=100) == {2: OUTDONE}


def places(folder: Path) -> Places:
    for name in ("prepared", "runs"):
        (folder / name).mkdir(exist_ok=True)
    return Places(
        folder / "labs", folder / "data", folder / "prepared", folder / "runs", folder / "s"
    )


def test_prepared_data_of_old_keys_goes_a_day_after_its_last_use(tmp_path):
    def make(name: str, days: float) -> None:
        folder = tmp_path / name
        (folder / "train").mkdir(parents=True)
        os.utime(folder, (time.time() - days * 86_400,) * 2)

    make("threes/current", 9)
    make("threes/older", 10)
    make("threes/in-use", 0.5)
    make("threes/.current.half", 3)
    make("retired/key", 2)
    os.utime(tmp_path / "threes" / "in-use", None)
    assert prune_prepared(tmp_path, slugs=frozenset({"threes"})) == 4
    assert [path.name for path in tmp_path.rglob("*") if path.name != "train"].count("in-use") == 1
    assert not (tmp_path / "retired" / "key").exists()
