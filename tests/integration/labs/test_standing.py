"""Leaderboard, class, comparison and differences, as learners see them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from labs.domain.outcome import RunOutcome
from labs.domain.refusals import NotComparable, RunUnknown
from labs.domain.runs import PHASES, State
from labs.models import Run
from labs.selectors import (
    attempts_of,
    best_runs,
    board,
    class_figures,
    comparison_of,
    diff_of,
    graded_before,
    run_for,
)
from labs.services import cancel, choose_anonymous, claims, reconcile
from studyhub.accounts.models import User
from tests.integration.labs.conftest import SOLUTION


@pytest.fixture
def score(hand_in, clock):
    """`score(user, 80.0)`: a graded run of theirs."""

    def go(user: User, points: float, *, content: bytes = SOLUTION, **more) -> Run:
        run = hand_in(user, content)
        claim = claims.claim_next(devices=("cpu",), worker="w", now=clock.pass_(seconds=1))
        for phase in PHASES[2:]:
            claims.enter(claim, phase, now=clock())
        value = {"accuracy": points / 100}
        thresholds = {"metric": "accuracy", "direction": "higher"}
        outcome = RunOutcome(
            State.PASSED, grade="good", score=points, metrics=value, thresholds=thresholds, **more
        )
        claims.finish(claim, outcome, now=clock())
        return run

    return go


@pytest.fixture
def learners(db) -> list[User]:
    return [User.objects.create_user(f"learner-{n}", password="x") for n in range(6)]


def test_ties_share_a_place_and_the_next_one_skips(lab, learners, score):
    for learner, points in zip(learners, (70.0, 90.0, 80.0, 80.0, 80.0, 60.0), strict=True):
        score(learner, points)
    places = board(lab).places
    assert [(one.place, one.tied) for one in places] == [
        (1, False), (2, True), (2, True), (2, True), (5, False), (6, False),
    ]  # fmt: skip


def test_ones_own_best_is_shown_wherever_it_is(lab, learners, score):
    for n, learner in enumerate(learners):
        score(learner, 90.0 - n)
    seen = board(lab, learners[5], limit=2)
    assert (len(seen.places), seen.own.place, seen.own.you, seen.learners) == (2, 6, True, 6)
    assert board(lab, limit=2).own is None


def test_results_of_different_variants_never_stand_beside_each_other(lab, learners, score):
    """A lab that stood on three breeds and stands on 37 now."""
    lab.spread = [{"file": "baseline.py", "seeds": 5, "mean": 0.5, "sd": 0.1}]
    for n, learner in enumerate(learners):
        score(learner, 90.0 - n, variant="three breeds")
    old = score(learners[0], 95.0, variant="three breeds")
    lab.variant = "37 breeds"
    lab.save()
    assert board(lab).places == ()
    assert class_figures(lab) is None
    assert comparison_of(run_for(learners[0], old.pk)) == []
    new = score(learners[0], 40.0, variant="37 breeds")
    assert [(one.run_id, one.score) for one in board(lab).places] == [(new.pk, 40.0)]
    assert best_runs(learners[0])[lab.slug].pk == new.pk
    assert graded_before(run_for(learners[0], new.pk)) is None
    assert len(comparison_of(run_for(learners[0], new.pk))) == 1
    assert run_for(learners[0], old.pk).outcome().variant == "three breeds"


def test_a_name_is_hidden_from_others_where_its_learner_chose_so(lab, ada, bob, score, clock):
    score(ada, 90.0)
    score(bob, 80.0)
    choose_anonymous(ada, lab.slug, anonymous=True, now=clock())
    assert [place.name for place in board(lab, bob).places] == ["Anonymous learner", "bob"]
    assert board(lab, ada).places[0].name == "ada"
    choose_anonymous(ada, lab.slug, anonymous=False, now=clock())
    assert board(lab, bob).places[0].name == "ada"


def test_a_result_that_a_person_looks_at_is_told_to_its_learner_only(lab, ada, score):
    score(ada, 99.0, flagged="too good")
    seen = board(lab, ada)
    assert (seen.places, seen.own, seen.own_held) == ((), None, True)
    assert not board(lab).own_held


def test_a_class_below_five_has_no_figures(lab, learners, score):
    for learner in learners[:4]:
        score(learner, 80.0)
        score(learner, 85.0)
    assert class_figures(lab) is None
    score(learners[4], 100.0)
    figures = class_figures(lab)
    assert (figures.learners, figures.median) == (5, 85.0)
    assert [one.learners for one in figures.bins] == [0, 0, 0, 0, 0, 0, 0, 0, 4, 1]


def test_a_result_stands_beside_baseline_and_reference(lab, ada, score):
    lab.spread = [
        {"file": "reference.py", "seeds": 10, "mean": 0.99, "sd": 0.001},
        {"file": "baseline.py", "seeds": 5, "mean": 0.90, "sd": 0.04},
    ]
    lab.save()
    weak, strong = comparison_of(run_for(ada, score(ada, 95.0).pk))
    assert (weak.name, weak.better, weak.clear) == ("baseline", True, False)
    assert (strong.name, strong.better, strong.clear) == ("reference", False, True)


def test_a_lower_metric_is_better_where_the_lab_says_so(lab, ada, score):
    lab.spread = [{"file": "baseline.py", "seeds": 5, "mean": 0.9, "sd": 0.01}]
    lab.save()
    run = run_for(ada, score(ada, 80.0).pk)
    run.grade.thresholds["direction"] = "lower"
    assert comparison_of(run)[0].better


def test_two_submissions_differ_by_their_lines(ada, score):
    before = score(ada, 70.0)
    after = score(ada, 80.0, content=SOLUTION.replace(b"return 1", b"return 2\n\n    # better"))
    diff = diff_of(ada, before.pk, after.pk)
    assert [(one.name, one.added, one.removed) for one in diff.files] == [("solution.py", 3, 1)]
    assert "-    return 1\n" in diff.text
    assert "+    return 2\n" in diff.text
    assert diff_of(ada, before.pk, before.pk).identical


def test_learners_do_not_read_each_others_code(ada, bob, score):
    mine, theirs = score(ada, 70.0), score(bob, 80.0)
    with pytest.raises(RunUnknown):
        diff_of(ada, mine.pk, theirs.pk)
    bob.is_staff = True
    with pytest.raises(NotComparable):
        diff_of(bob, mine.pk, theirs.pk)


def test_each_hold_of_a_worker_is_an_attempt(ada, hand_in, clock):
    run = hand_in(ada)
    claim = claims.claim_next(devices=("cpu",), worker="elsewhere/1", now=clock())
    claims.enter(claim, State.PREPARING, now=clock())
    clock.pass_(minutes=1)
    reconcile(now=clock())
    claims.claim_next(devices=("cpu",), worker="elsewhere/1", now=clock())
    first, second = attempts_of(run)
    assert (first.reached, first.ended_as, first.why) == (
        "preparing", "queued", "Its worker fell silent.",
    )  # fmt: skip
    assert (second.number, second.reached, second.ended_at) == (2, "claimed", None)


class TestTooLong:
    def test_a_run_that_no_worker_takes_ends_with_a_message(self, ada, hand_in, clock, settings):
        run = hand_in(ada)
        clock.pass_(hours=settings.LAB_QUEUE_HOURS, seconds=-1)
        assert reconcile(now=clock()).overdue == 0
        clock.pass_(seconds=2)
        assert reconcile(now=clock()).overdue == 1
        run.refresh_from_db()
        assert (run.state, run.error["kind"]) == ("timed_out", "no_worker")

    @pytest.mark.parametrize("phases", range(len(PHASES) - 1))
    def test_a_worker_that_hangs_itself_loses_its_run_at_every_state(
        self, lab, ada, hand_in, clock, phases
    ):
        lab.limits = {"train_seconds": 60, "predict_seconds": 10}
        lab.save()
        run = hand_in(ada)
        claim = claims.claim_next(devices=("cpu",), worker="elsewhere/1", now=clock())
        for phase in PHASES[2 : 2 + phases]:
            claims.enter(claim, phase, now=clock())
        clock.pass_(hours=1, seconds=69)
        claims.renew(claim, now=clock())
        assert reconcile(now=clock()).overdue == 0
        clock.pass_(seconds=2)
        assert reconcile(now=clock()).overdue == 1
        run.refresh_from_db()
        assert run.state == "timed_out"
        assert not claims.renew(claim, now=clock())
        with pytest.raises(claims.ClaimLost):
            claims.finish(claim, RunOutcome(State.ERRORED), now=clock())

    @pytest.mark.parametrize("phases", range(len(PHASES) - 1))
    def test_a_run_can_be_stopped_at_every_state(self, ada, hand_in, clock, phases):
        run = hand_in(ada)
        claim = claims.claim_next(devices=("cpu",), worker="elsewhere/1", now=clock())
        for phase in PHASES[2 : 2 + phases]:
            claims.enter(claim, phase, now=clock())
        cancel(ada, run.pk, now=clock())
        assert claims.stop_reason(claim) == "cancelled"
        claims.finish(claim, RunOutcome(State.CANCELLED), now=clock())
        run.refresh_from_db()
        assert run.state == "cancelled"


def test_over_rest(lab, ada, bob, score):
    run = score(ada, 90.0)
    later = score(ada, 95.0, content=SOLUTION + b"# more\n")
    score(bob, 80.0)
    client = APIClient()
    client.force_authenticate(ada)
    chosen = client.put("/api/v1/labs/threes/settings/", {"anonymous": True}, format="json")
    assert chosen.json() == client.get("/api/v1/labs/threes/settings/").json()
    told = client.get("/api/v1/labs/threes/leaderboard/").json()
    assert (told["own"]["place"], told["own"]["anonymous"], told["learners"]) == (1, True, 2)
    assert client.get("/api/v1/labs/threes/class/").json() == {"figures": None}
    diff = client.get(f"/api/v1/runs/{later.pk}/diff/?with={run.pk}").json()
    assert diff["files"][0]["added"] == 1
    assert client.get(f"/api/v1/runs/{later.pk}/diff/?with=x").status_code == 400
    assert len(client.get(f"/api/v1/runs/{run.pk}/attempts/").json()["attempts"]) == 1
    again = client.post(f"/api/v1/runs/{run.pk}/again/", {"seed": 5}, format="json")
    assert (again.status_code, again.json()["seed"], again.json()["repeats"]) == (201, 5, run.pk)
    lab.quota = {"waiting": 1}
    lab.save()
    full = client.post(f"/api/v1/runs/{run.pk}/again/", {}, format="json")
    assert (full.status_code, full["Retry-After"]) == (429, "61")
    assert not client.get("/api/v1/labs/threes/").json()["room"]["open"]


def test_a_look_before_queueing_over_rest(lab, ada):
    client = APIClient()
    client.force_authenticate(ada)

    def check(content: bytes) -> dict:
        file = SimpleUploadedFile("solution.py", content)
        answer = client.post("/api/v1/labs/threes/check/", {"file": file})
        assert answer.status_code == 200
        return answer.json()

    assert check(SOLUTION)["ok"]
    told = check(b"import tensorflow\ndef train(data, run): ...\n")
    assert [one["reason"] for one in told["problems"]] == ["missing_function", "missing_import"]
    assert told["problems"][1]["line"] == 1
    assert "numpy" in told["installed"]
    assert not Run.objects.exists()
