"""Settings, exams, breaks and backlogs."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from quizzes.domain.errors import PlanConflict, PlanInvalid, PlanNotFound
from quizzes.models import Break, Card, Exam, ReviewEventRow
from quizzes.selectors import session
from quizzes.selectors.plans import breaks_ahead, exams_ahead, plan_settings
from quizzes.selectors.previews import backlog, preview_backlog, preview_break, preview_exam
from quizzes.services import (
    add_chapter,
    change_settings,
    end_break,
    end_exam,
    plan_break,
    plan_exam,
    postpone,
    review_prompt,
    take_back_postponement,
    tend,
)
from tests.integration.quizzes.conftest import LAPTOP, NOW
from tests.integration.quizzes.studied import DAY, TODAY, due_day, due_in, in_days

ID = UUID(int=99)
FIVE = [f"c05-{number}" for number in range(5)]


# -- settings ---------------------------------------------------------------------------------


def test_settings_are_kept_and_told_to_devices(ada):
    found = change_settings(
        ada, {"new_per_day": 5, "reviews_per_day": 60, "new_order": "random"}, now=NOW
    )
    assert plan_settings(ada) == found
    assert (found.new_per_day, found.reviews_per_day, found.new_order) == (5, 60, "random")
    assert found.balance is True


def test_wrong_settings_are_named_together_and_nothing_is_changed(ada):
    before = plan_settings(ada)
    wrong = {"new_per_day": -1, "new_order": "upwards", "easy_days": [0] * 7, "reviews_per_day": 9}
    with pytest.raises(PlanInvalid) as refusal:
        change_settings(ada, wrong, now=NOW)
    assert set(refusal.value.errors) == {"new_per_day", "new_order", "easy_days"}
    assert plan_settings(ada) == before


# -- exams ------------------------------------------------------------------------------------


def exam(days: int = 14, **fields) -> dict:
    asked = {"title": "Finals", "day": in_days(days), "chapters": ["pets"], "retention": 0.9}
    return {**asked, **fields}


def test_the_preview_says_what_an_exam_takes_and_changes_nothing(ada):
    found = preview_exam(ada, **exam(), now=NOW)
    assert (found.forecast.cards, found.forecast.new, found.forecast.added) == (5, 5, 5)
    assert found.forecast.new_a_day == 1
    assert found.forecast.recall_with > 0.9
    assert found.forecast.recall_without == 0
    assert not Card.objects.exists()
    assert not Exam.objects.exists()


def test_accepting_an_exam_adds_its_chapters_and_asks_its_new_cards_first(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    change_settings(ada, {"new_per_day": 2}, now=NOW)
    plan_exam(ada, ID, **exam(3), now=NOW)
    cards = [card.prompt.pk for card in session(ada, now=NOW).cards]
    assert sorted(cards) == FIVE[:2]
    assert [row.title for row in exams_ahead(ada, now=NOW)] == ["Finals"]


def test_an_exam_draws_reviews_before_its_day_and_cancelling_puts_them_back(ada):
    for name in FIVE:
        due_in(ada, name, 30, interval=40, stability=20.0)
    plan_exam(ada, ID, **exam(retention=0.95), now=NOW)
    rows = ReviewEventRow.objects.filter(kind="set_due")
    assert {row.reason for row in rows} == {"exam"}
    assert all(TODAY < due_day(ada, name) < in_days(14) for name in FIVE)
    Card.objects.filter(prompt="c05-0").update(head_at=None)
    end_exam(ada, ID, now=NOW + timedelta(hours=1))
    assert exams_ahead(ada, now=NOW) == []
    assert all(due_day(ada, name) > in_days(14) or due_day(ada, name) < TODAY for name in FIVE)
    end_exam(ada, ID, now=NOW + timedelta(hours=2))  # again: nothing more


def test_tending_keeps_the_exam_true_as_reviews_happen(ada):
    due_in(ada, "c05-0", 1, interval=40, stability=40.0)
    plan_exam(ada, ID, **exam(14, retention=0.97), now=NOW)
    assert due_day(ada, "c05-0") == in_days(1)
    review_prompt(ada, "c05-0", rating=1, device=LAPTOP, now=NOW + DAY)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=NOW + DAY + timedelta(minutes=10))
    Card.objects.filter(prompt="c05-0").update(due=NOW + 40 * DAY, due_base=NOW + 40 * DAY)
    tend(ada, now=NOW + 2 * DAY)
    assert in_days(2) < due_day(ada, "c05-0") < in_days(14)


def test_an_exam_ends_by_itself(ada):
    plan_exam(ada, ID, **exam(3), now=NOW)
    tend(ada, now=NOW + 3 * DAY)
    assert exams_ahead(ada, now=NOW + 3 * DAY) != []
    tend(ada, now=NOW + 4 * DAY)
    assert exams_ahead(ada, now=NOW + 4 * DAY) == []
    assert Exam.objects.get().ended_at is not None


def test_too_few_days_are_refused_with_the_pace_that_would_do(ada, monkeypatch):
    monkeypatch.setattr("quizzes.selectors.previews.NEW_A_DAY_MAX", 1)
    with pytest.raises(PlanInvalid, match=r"Too few days.*From \d+ March 2026 on it takes 1 a day"):
        plan_exam(ada, ID, **exam(2), now=NOW)
    assert not Card.objects.exists()


def test_an_exam_beyond_the_limits_is_warned_of(ada):
    change_settings(ada, {"new_per_day": 1, "reviews_per_day": 1}, now=NOW)
    for prompt in ("c04-basic", "c04-numeric"):
        due_in(ada, prompt, 0)
    found = preview_exam(ada, **exam(2), now=NOW)
    assert any("your limit of 1; until" in said for said in found.warnings)
    assert any("more reviews are expected" in said for said in found.warnings)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": TODAY}, "day"),
        ({"day": in_days(400)}, "day"),
        ({"chapters": []}, "chapters"),
        ({"chapters": ["no-such"]}, "chapters"),
        ({"retention": 1.0}, "retention"),
        ({"retention": float("nan")}, "retention"),
        ({"title": "\x00"}, "title"),
        ({"title": "  "}, "title"),
    ],
)
def test_exams_that_make_no_sense_are_refused(ada, wrong, field):
    with pytest.raises(PlanInvalid) as refusal:
        plan_exam(ada, ID, **exam(**wrong), now=NOW)
    assert list(refusal.value.errors) == [field]


def test_sending_an_exam_again_gives_the_first_and_another_is_a_conflict(ada, bob):
    first = plan_exam(ada, ID, **exam(), now=NOW)
    assert plan_exam(ada, ID, **exam(), now=NOW + DAY) == first
    with pytest.raises(PlanConflict):
        plan_exam(ada, ID, **exam(days=20), now=NOW)
    with pytest.raises(PlanConflict):
        plan_exam(bob, ID, **exam(), now=NOW)
    with pytest.raises(PlanNotFound):
        end_exam(bob, ID, now=NOW)


def test_an_exam_draws_again_what_a_break_moved_behind_it(ada):
    due_in(ada, "c05-0", 30, interval=40, stability=20.0)
    plan_exam(ada, ID, **exam(retention=0.95), now=NOW)
    drawn = due_day(ada, "c05-0")
    asked = {"first_day": drawn, "last_day": in_days(13)}
    plan_break(ada, uuid4(), **asked, now=NOW)
    assert TODAY <= due_day(ada, "c05-0") < drawn


# -- breaks -----------------------------------------------------------------------------------


def test_a_break_is_shown_first_then_cleared(ada):
    due_in(ada, "c05-0", 4, interval=20)
    due_in(ada, "c05-1", 6, interval=6)
    asked = {"first_day": in_days(3), "last_day": in_days(9)}
    found = preview_break(ada, **asked, now=NOW).cleared
    assert (found.falls, found.before, found.after) == (2, 1, 1)
    assert not ReviewEventRow.objects.filter(kind="set_due").exists()
    plan_break(ada, ID, **asked, now=NOW)
    assert (due_day(ada, "c05-0"), due_day(ada, "c05-1")) == (in_days(2), in_days(10))
    assert [row.id for row in breaks_ahead(ada, now=NOW)] == [ID]


def test_what_is_scheduled_into_a_break_later_is_moved_too(ada):
    plan_break(ada, ID, first_day=in_days(3), last_day=in_days(9), now=NOW)
    due_in(ada, "c05-1", 6, interval=6)
    assert tend(ada, now=NOW) == 1
    assert due_day(ada, "c05-1") == in_days(10)


def test_a_break_called_off_puts_everything_back(ada):
    due_in(ada, "c05-1", 6, interval=6)
    first = due_day(ada, "c05-1")
    plan_break(ada, ID, first_day=in_days(3), last_day=in_days(9), now=NOW)
    [event] = ReviewEventRow.objects.filter(kind="set_due")
    end_break(ada, ID, now=NOW + DAY)
    assert ReviewEventRow.objects.get(kind="void").target == event.event_id
    assert breaks_ahead(ada, now=NOW + DAY) == []
    assert first == in_days(6)


def test_a_break_ended_early_leaves_what_would_be_overdue_where_it_is(ada):
    due_in(ada, "c05-0", 1, interval=2)
    due_in(ada, "c05-1", 8, interval=6)
    plan_break(ada, ID, first_day=TODAY, last_day=in_days(9), now=NOW)
    end_break(ada, ID, now=NOW + 4 * DAY)
    voided = ReviewEventRow.objects.filter(kind="void").values_list("prompt_id", flat=True)
    assert list(voided) == ["c05-1"]
    assert due_day(ada, "c05-0") > in_days(9)


def test_the_session_knows_of_the_break(ada):
    add_chapter(ada, "pets", now=NOW)
    plan_break(ada, ID, first_day=TODAY, last_day=in_days(2), now=NOW)
    found = session(ada, now=NOW)
    assert (found.counts["new"], found.break_until) == (0, in_days(2))
    assert session(ada, now=NOW + 3 * DAY).counts["new"] == 5


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-1, 3, "first_day"), (3, 2, "last_day"), (0, 400, "last_day"), (800, 801, "last_day")],
)
def test_breaks_that_make_no_sense_are_refused(ada, first, last, field):
    with pytest.raises(PlanInvalid) as refusal:
        plan_break(ada, ID, first_day=in_days(first), last_day=in_days(last), now=NOW)
    assert list(refusal.value.errors) == [field]


def test_breaks_do_not_overlap_and_repeat_harmlessly(ada):
    asked = {"first_day": in_days(3), "last_day": in_days(9)}
    assert plan_break(ada, ID, **asked, now=NOW) == plan_break(ada, ID, **asked, now=NOW)
    with pytest.raises(PlanInvalid, match="meets your break"):
        plan_break(ada, uuid4(), first_day=in_days(9), last_day=in_days(12), now=NOW)
    with pytest.raises(PlanConflict):
        plan_break(ada, ID, first_day=in_days(3), last_day=in_days(4), now=NOW)
    assert Break.objects.count() == 1


def test_so_many_breaks_and_exams_may_lie_ahead(ada, monkeypatch):
    monkeypatch.setattr("quizzes.domain.plan_request.PLANS_MAX", 1)
    plan_break(ada, uuid4(), first_day=in_days(3), last_day=in_days(4), now=NOW)
    plan_exam(ada, uuid4(), **exam(), now=NOW)
    with pytest.raises(PlanInvalid, match="1 breaks are planned already"):
        plan_break(ada, uuid4(), first_day=in_days(6), last_day=in_days(7), now=NOW)
    with pytest.raises(PlanInvalid, match="1 exams are planned already"):
        plan_exam(ada, uuid4(), **exam(20), now=NOW)


# -- backlog ----------------------------------------------------------------------------------


@pytest.fixture
def behind(ada):
    """Five cards overdue, with room for two a day."""
    change_settings(ada, {"reviews_per_day": 2}, now=NOW)
    for number, name in enumerate(FIVE):
        due_in(ada, name, -3, interval=5 + number, stability=2.0 + 3 * number)
    return FIVE


def test_a_backlog_is_offered_shown_and_spread(ada, behind):
    assert backlog(ada, now=NOW).over == 3
    found = preview_backlog(ada, a_day=2, now=NOW).postponement
    assert (found.overdue, found.kept, found.last_day) == (5, 2, in_days(2))
    assert postpone(ada, ID, a_day=2, now=NOW) == 3
    assert backlog(ada, now=NOW).over == 0
    later = sorted(due_day(ada, name) for name in behind)[2:]
    assert later == [in_days(1), in_days(1), in_days(2)]
    assert postpone(ada, ID, a_day=2, now=NOW) == 3  # sent again
    assert ReviewEventRow.objects.filter(kind="set_due").count() == 3


def test_a_postponement_is_taken_back_as_one_step(ada, behind):
    due = {name: due_day(ada, name) for name in behind}
    postpone(ada, ID, a_day=2, now=NOW)
    assert take_back_postponement(ada, ID, now=NOW + timedelta(minutes=1)) == 3
    assert take_back_postponement(ada, ID, now=NOW + timedelta(minutes=2)) == 0
    assert {row.kind for row in ReviewEventRow.objects.filter(device=ID)} == {"set_due", "void"}
    assert set(due) == set(behind)


def test_a_card_reviewed_meanwhile_is_not_taken_back(ada, behind):
    postpone(ada, ID, a_day=2, now=NOW)
    moved = ReviewEventRow.objects.filter(kind="set_due").first().prompt_id
    review_prompt(ada, moved, rating=3, device=LAPTOP, now=NOW + timedelta(minutes=1))
    assert take_back_postponement(ada, ID, now=NOW + timedelta(minutes=2)) == 2


def test_others_postponements_are_not_found(ada, bob, behind):
    postpone(ada, ID, a_day=2, now=NOW)
    with pytest.raises(PlanNotFound):
        take_back_postponement(bob, ID, now=NOW)


@pytest.mark.parametrize("a_day", [0, -1, 10_000])
def test_a_pace_that_makes_no_sense_is_refused(ada, behind, a_day):
    with pytest.raises(PlanInvalid):
        postpone(ada, ID, a_day=a_day, now=NOW)


def test_a_review_whose_date_falls_in_a_break_is_told_to_come_after_it(ada):
    plan_break(ada, ID, first_day=in_days(2), last_day=in_days(40), now=NOW)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=NOW)
    assert TODAY < due_day(ada, "c05-0") < in_days(40)
    told = session(ada, now=NOW, limit=1)
    assert told.next_due.date() == in_days(41)
    tend(ada, now=NOW + DAY)
    assert due_day(ada, "c05-0") >= in_days(41)


def test_what_comes_besides_a_break_is_told_as_it_stands(ada):
    plan_break(ada, ID, first_day=in_days(2), last_day=in_days(40), now=NOW)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=NOW)
    learning = Card.objects.filter(user=ada, prompt="c05-0")
    learning.update(phase="learning")  # as long steps leave one: no break moves it
    assert session(ada, now=NOW, limit=0).next_due == learning.get().due
    learning.update(phase="review")
    due_in(ada, "c05-1", 1)
    assert session(ada, now=NOW, limit=0).next_due.date() == in_days(1)
