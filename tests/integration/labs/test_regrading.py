"""Grading stored predictions again: no code runs, and no grade is lost."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from rest_framework.test import APIClient

from labs.domain.outcome import RunOutcome
from labs.domain.refusals import CannotRegrade, RunUnknown, StaffOnly
from labs.domain.runs import PHASES, State
from labs.domain.uploads import Upload
from labs.grading import grade, parse_predictions, prepare, read_or_create_secret
from labs.models import EarlierGrade, Grade, Regrading, Run
from labs.selectors import grades_of, run_events, run_for
from labs.services import (
    Places,
    cancel,
    carry_out_regrading,
    claims,
    reconcile,
    regrade_lab,
    regrade_run,
    regrading,
    submit,
    sync_labs,
)
from labs.services.exercises import draw_of, exercise_of
from studyhub.accounts.models import User
from tests.integration.labs.conftest import SOLUTION

LABS = Path(__file__).resolve().parents[2] / "fixtures" / "labs"


@pytest.fixture
def places(tmp_path) -> Places:
    exercises = tmp_path / "labs"
    shutil.copytree(LABS, exercises)
    runs = tmp_path / "runs"
    return Places(exercises, tmp_path / "data", tmp_path / "prepared", runs, tmp_path / "secret")


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("grace", password="grace", is_staff=True)


@pytest.fixture
def graded(places, clock):
    """`graded(user, wrong=0.1)`: a run whose stored predictions are wrong in that share."""

    def make(user: User, *, wrong: float = 0.0) -> Run:
        sync_labs(places.exercises, now=clock())
        run = submit(user, "brighter", Upload("solution.py", SOLUTION), now=clock())
        claim = claims.claim_next(devices=("cpu", "either"), worker="w/1", now=clock())
        for phase in PHASES[2:]:
            claims.enter(claim, phase, now=clock())
        claims.finish(claim, outcome(places, wrong), now=clock())
        return Run.objects.get(pk=run.pk)

    return make


def outcome(places: Places, wrong: float) -> RunOutcome:
    exercise = exercise_of("brighter", places)
    secret = read_or_create_secret(places.secret)
    prepared = prepare(exercise, {}, secret=secret, out=places.prepared)
    answers = prepared.truth.targets.copy()
    turned = np.arange(len(answers)) < wrong * len(answers)
    values = np.array(prepared.answer.values)
    answers[turned] = values[(np.searchsorted(values, answers[turned]) + 1) % len(values)]
    written = io.BytesIO()
    np.save(written, answers)
    result = grade(exercise, prepared, parse_predictions(written.getvalue(), prepared))
    return RunOutcome(
        State.PASSED if result.grade.passed else State.FAILED,
        grade=str(result.grade),
        score=result.score,
        metrics=result.metrics,
        thresholds=result.thresholds,
        hidden=result.hidden,
        feedback=result.feedback,
        predictions=written.getvalue(),
        draw=draw_of(prepared),
    )


@pytest.fixture
def harder(places):
    """Makes the pass mark one that .9 does not reach."""
    path = places.exercises / "brighter" / "lab.toml"

    def change() -> None:
        lines = [
            {"pass": "pass = 0.97", "good": "good = 0.98", "exce": "excellent = 0.99"}.get(
                line[:4], line
            )
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join(lines) + "\n")

    return change


def test_new_thresholds_turn_a_pass_into_a_fail_and_the_old_grade_is_kept(
    ada, staff, graded, harder, places, clock
):
    run = graded(ada, wrong=0.1)
    before = run.grade
    assert run.state == "passed"
    harder()
    clock.pass_(hours=1)
    wish = regrade_lab(staff, "brighter", reason="Too easy.", now=clock())
    assert carry_out_regrading(wish.pk, clock=clock, places=places)
    run = run_for(ada, run.pk)
    assert (run.state, run.grade.grade) == ("failed", "fail")
    old, new = grades_of(run)
    assert (old.grade, old.score, old.by, old.reason) == (
        before.grade, before.score, "grace", "Too easy.",
    )  # fmt: skip
    assert old.replaced_at == new.graded_at == clock()
    assert old.thresholds["pass"] != new.thresholds["pass"] == 0.97
    wish.refresh_from_db()
    assert (wish.state, wish.done, wish.total, wish.changed, wish.left_out) == ("done", 1, 1, 1, 0)


def test_the_run_stays_ended_and_says_why_its_grade_changed(
    ada, staff, graded, harder, places, clock
):
    run = graded(ada, wrong=0.1)
    ended = run.finished_at
    harder()
    clock.pass_(hours=1)
    wish = regrade_run(staff, run.pk, reason="", now=clock())
    carry_out_regrading(wish.pk, clock=clock, places=places)
    run.refresh_from_db()
    assert run.finished_at == ended
    page = run_events(run.pk)
    assert page.done
    assert page.events[-1].data["state"] == "failed"
    assert "Graded again" in page.events[-1].data["message"]


def test_where_nothing_changed_no_history_is_made(ada, staff, graded, places, clock):
    run = graded(ada)
    graded_at = run.grade.graded_at
    clock.pass_(hours=1)
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    carry_out_regrading(wish.pk, clock=clock, places=places)
    wish.refresh_from_db()
    assert (wish.done, wish.changed) == (1, 0)
    assert not EarlierGrade.objects.exists()
    assert Grade.objects.get().graded_at == graded_at


def test_grading_again_and_back_keeps_all_three(ada, staff, graded, harder, places, clock):
    file = places.exercises / "brighter" / "lab.toml"
    original = file.read_text()
    run = graded(ada, wrong=0.1)
    for change in (harder, lambda: file.write_text(original)):
        change()
        clock.pass_(hours=1)
        wish = regrade_lab(staff, "brighter", reason="", now=clock())
        carry_out_regrading(wish.pk, clock=clock, places=places)
    history = grades_of(run_for(ada, run.pk))
    assert [one.grade for one in history][1] == "fail"
    assert history[0].score == history[2].score
    assert Run.objects.get(pk=run.pk).state == "passed"


def test_predictions_for_another_draw_are_left_out(ada, staff, graded, places, clock):
    run = graded(ada)
    before = run.grade.score
    places.secret.unlink()  # the next secret draws other hidden examples
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    carry_out_regrading(wish.pk, clock=clock, places=places)
    wish.refresh_from_db()
    assert (wish.state, wish.left_out, wish.changed) == ("done", 1, 0)
    assert Grade.objects.get(run=run).score == before


def test_only_staff_may_and_only_what_was_graded(ada, staff, graded, lab, hand_in, clock):
    waiting = hand_in(ada)
    cancel(ada, waiting.pk, now=clock())
    run = graded(ada)
    for ask in (
        lambda: regrade_lab(ada, "brighter", reason="", now=clock()),
        lambda: regrade_run(ada, run.pk, reason="", now=clock()),
    ):
        with pytest.raises(StaffOnly):
            ask()
    with pytest.raises(CannotRegrade):
        regrade_run(staff, waiting.pk, reason="", now=clock())
    with pytest.raises(RunUnknown):
        regrade_run(staff, 10**6, reason="", now=clock())
    assert not Regrading.objects.exists()


def test_asking_twice_joins_what_is_under_way(staff, ada, graded, places, clock):
    run = graded(ada)
    first = regrade_lab(staff, "brighter", reason="", now=clock())
    assert regrade_lab(staff, "brighter", reason="", now=clock()) == first
    assert regrade_run(staff, run.pk, reason="", now=clock()) != first
    carry_out_regrading(first.pk, clock=clock, places=places)
    assert regrade_lab(staff, "brighter", reason="", now=clock()) != first


def test_one_worker_does_it(staff, ada, graded, places, clock):
    graded(ada)
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    assert carry_out_regrading(wish.pk, clock=clock, places=places)
    assert not carry_out_regrading(wish.pk, clock=clock, places=places)


def test_another_worker_goes_on_where_a_killed_one_stopped(
    staff, ada, graded, harder, places, clock, monkeypatch, django_capture_on_commit_callbacks
):
    runs = [graded(ada, wrong=0.1) for _ in range(3)]
    harder()
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    judged = regrading._judged
    killed = iter([False, True])

    def dies(*what):
        if next(killed):
            raise KeyboardInterrupt
        return judged(*what)

    with monkeypatch.context() as patched:
        patched.setattr(regrading, "_judged", dies)
        with pytest.raises(KeyboardInterrupt):
            carry_out_regrading(wish.pk, clock=clock, places=places)
    assert not carry_out_regrading(wish.pk, clock=clock, places=places)
    clock.pass_(minutes=2)
    sent = []
    monkeypatch.setattr(
        "labs.queue.current_app.send_task", lambda name, **more: sent.append((name, more["kwargs"]))
    )
    with django_capture_on_commit_callbacks(execute=True):
        reconcile(now=clock())
    assert ("labs.regrade", {"regrading_id": wish.pk}) in sent
    assert carry_out_regrading(wish.pk, clock=clock, places=places)
    wish.refresh_from_db()
    assert (wish.state, wish.done, wish.changed) == ("done", 3, 3)
    assert EarlierGrade.objects.count() == len(runs)


def test_a_run_that_breaks_the_grading_is_left_out_and_holds_nobody_up(
    staff, ada, graded, harder, places, clock, monkeypatch, caplog
):
    broken, _ = graded(ada, wrong=0.1), graded(ada, wrong=0.1)
    harder()
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    fails = iter([ZeroDivisionError("no classes"), None])

    def breaks_once(*what):
        if problem := next(fails):
            raise problem
        return grade(*what)

    monkeypatch.setattr(regrading, "grade", breaks_once)
    carry_out_regrading(wish.pk, clock=clock, places=places)
    wish.refresh_from_db()
    assert (wish.state, wish.done, wish.left_out, wish.changed) == ("done", 2, 1, 1)
    assert f"run {broken.pk} could not be graded again" in caplog.text


def test_a_broken_lab_fails_with_its_problem(staff, ada, graded, places, clock):
    graded(ada)
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    (places.exercises / "brighter" / "task.py").write_text("def (")
    carry_out_regrading(wish.pk, clock=clock, places=places)
    wish.refresh_from_db()
    assert wish.state == "failed"
    assert "task.py" in wish.message


def test_over_rest(ada, staff, graded, harder, places, clock):
    run = graded(ada, wrong=0.1)
    harder()
    client, learner = APIClient(), APIClient()
    client.force_authenticate(staff)
    learner.force_authenticate(ada)
    assert learner.post(f"/api/v1/runs/{run.pk}/regrade/").status_code == 403
    answer = client.post("/api/v1/labs/brighter/regrade/", {"reason": "Too easy."}, format="json")
    assert answer.status_code == 202
    wish = answer.json()
    assert (wish["state"], wish["total"], wish["by"]) == ("queued", 1, "grace")
    carry_out_regrading(wish["id"], clock=clock, places=places)
    told = client.get(f"/api/v1/regradings/{wish['id']}/").json()
    assert (told["state"], told["done"], told["changed"]) == ("done", 1, 1)
    assert learner.get(f"/api/v1/regradings/{wish['id']}/").status_code == 404
    assert len(client.get("/api/v1/labs/brighter/regradings/").json()["results"]) == 1
    grades = learner.get(f"/api/v1/runs/{run.pk}/grades/").json()["grades"]
    assert [(one["by"], one["reason"]) for one in grades] == [("grace", "Too easy."), ("", "")]


def test_of_two_workers_with_the_same_run_one_replaces_its_grade(
    ada, staff, graded, harder, places, clock
):
    run = graded(ada, wrong=0.1)
    harder()
    exercise = exercise_of("brighter", places)
    secret = read_or_create_secret(places.secret)
    prepared = prepare(exercise, {}, secret=secret, out=places.prepared)
    wish = regrade_lab(staff, "brighter", reason="", now=clock())
    both = [regrading._judged(run.pk, exercise, prepared, draw_of(prepared)) for _ in range(2)]
    for judged in both:
        regrading._replaced(*judged, wish, clock.pass_(minutes=1))
    assert EarlierGrade.objects.count() == 1
