"""What answers say: retention, time, predictions, spans; each by a history small enough to read."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain import fsrs
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.statistics import (
    Answer,
    KnownCard,
    Stage,
    calibration,
    corrected,
    due_days,
    effort,
    histogram,
    judged,
    mastery,
    per_day,
    period,
    ratings_by_stage,
    recall_by_hour,
    retention,
    retention_by_span,
    true_retention,
    workload,
)
from quizzes.domain.statistics.answers import PRACTICE, RESET
from quizzes.domain.statistics.retention import Retention

TODAY = date(2026, 3, 10)
AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def answer(prompt: str, ago: int, rating: int, took: int | None = 5_000, hour: int = 9) -> Answer:
    day = days_ago(ago)
    at = (day - date(1970, 1, 1)).days * 86_400 + hour * 3600
    return Answer(prompt, day.toordinal(), rating, took, at)


def told(*answers: Answer, since: int = 400):
    return judged(answers, DEFAULT_WEIGHTS, days_ago(since), TODAY)


# --- what tests memory -----------------------------------------------------------------


def test_only_the_first_review_of_a_later_day_tests_memory():
    found = told(
        answer("a", 9, AGAIN),
        answer("a", 9, GOOD),
        answer("a", 5, GOOD),
        answer("a", 5, AGAIN),
        answer("b", 3, GOOD),
        answer("b", 2, AGAIN),
        answer("b", 1, PRACTICE),
    )
    assert [each.stage for each in found] == [
        Stage.FIRST,
        Stage.SAME_DAY,
        Stage.YOUNG,
        Stage.SAME_DAY,
        Stage.FIRST,
        Stage.YOUNG,
        Stage.PRACTICE,
    ]
    assert retention(found) == Retention(2, 1)


def test_answers_before_the_period_set_the_stage_and_are_not_counted():
    early = [answer("a", 50, GOOD), answer("a", 40, AGAIN), answer("a", 10, EASY)]
    (last,) = told(*early, since=30)
    assert (last.stage, last.elapsed, last.tests, last.lapses) == (Stage.YOUNG, 30, 1, 1)


def test_a_reset_makes_a_card_new():
    found = told(answer("a", 9, GOOD), answer("a", 5, RESET), answer("a", 4, GOOD))
    assert [each.stage for each in found] == [Stage.FIRST, Stage.FIRST]


def test_a_prediction_is_made_from_the_reviews_before_it():
    found = told(answer("a", 9, GOOD), answer("a", 5, AGAIN))
    memory = fsrs.after(DEFAULT_WEIGHTS, None, GOOD, 0)
    expected = fsrs.retrievability(DEFAULT_WEIGHTS, memory.stability, 4)
    assert found[1].predicted == pytest.approx(expected)


def test_a_card_is_mature_from_three_weeks_of_stability_on():
    grown = [answer("a", ago, EASY) for ago in (300, 290, 250)]
    assert [each.stage for each in told(*grown)] == [Stage.FIRST, Stage.YOUNG, Stage.MATURE]


def test_flying_west_does_not_count_a_day_twice():
    found = told(answer("a", 5, GOOD), answer("a", 3, GOOD), answer("a", 4, AGAIN))
    assert found[2].stage is Stage.SAME_DAY


@st.composite
def histories(draw):
    steps = st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(RESET, EASY))
    ago, found = 200, []
    for prompt, gap, rating in draw(st.lists(steps, max_size=40)):
        ago = max(0, ago - gap)
        found.append(answer(prompt, ago, rating))
    return found


@given(histories(), st.integers(0, 250))
def test_the_walk_and_the_page_of_the_day_agree_on_retention(history, since):
    found = judged(history, DEFAULT_WEIGHTS, days_ago(since), TODAY)
    assert retention(found) == true_retention(history, days_ago(since), TODAY)


@given(histories())
def test_spans_add_up_to_the_whole(history):
    chosen = period(250, TODAY, TODAY)
    found = judged(history, DEFAULT_WEIGHTS, chosen.first, chosen.last)
    spans = retention_by_span(found, chosen)
    assert sum(span.all.reviews for span in spans) == retention(found).reviews
    assert sum(each.answers for each in effort(found, chosen).spans) == len(found)
    assert (
        sum(each.observed.reviews for each in calibration(found).bins) == retention(found).reviews
    )


# --- retention -------------------------------------------------------------------------


def test_true_retention_starts_anew_after_a_reset():
    reviews = [answer("a", 9, GOOD), answer("a", 8, RESET), answer("a", 5, AGAIN)]
    assert true_retention(reviews, days_ago(30), TODAY).reviews == 0


def test_without_reviews_there_is_no_retention():
    assert retention([]).share is None
    assert retention([]).interval is None


def test_the_interval_is_wilsons():
    """81 of 263, from Wilson's method in Newcombe 1998, table I: 0.2553 to 0.3662."""
    low, high = Retention(263, 81).interval or (0, 0)
    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_share_and_stays_a_share(reviews, data):
    seen = Retention(reviews, data.draw(st.integers(0, reviews)))
    low, high = seen.interval or (1, 0)
    assert 0 <= low <= (seen.share or 0) + 1e-12
    assert (seen.share or 0) - 1e-12 <= high <= 1


# --- periods ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "begun", "unit", "spans"),
    [
        (30, 5, "day", 30),
        (90, 5, "week", 14),
        (365, 5, "month", 13),
        (None, 800, "month", 28),
        (None, 9, "day", 10),
    ],
)
def test_a_period_is_cut_into_what_a_chart_can_show(days, begun, unit, spans):
    found = period(days, TODAY, days_ago(begun))
    assert (found.unit, len(found.spans())) == (unit, spans)


@given(st.integers(1, 2000), st.integers(0, 400))
def test_every_day_of_a_period_is_in_one_span(days, shift):
    found = period(days, TODAY + timedelta(days=shift), TODAY)
    spans = found.spans()
    covered = [
        span.first + timedelta(days=n)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    ]
    assert covered == [found.first + timedelta(days=n) for n in range(found.days)]
    assert all(found.start_of(span.last) == span.first for span in spans)


# --- predictions -----------------------------------------------------------------------


def test_predictions_are_compared_in_bins_and_by_their_loss():
    found = told(
        *[answer(f"c{n}", 9, GOOD) for n in range(10)],
        *[answer(f"c{n}", 7, GOOD if n else AGAIN) for n in range(10)],
    )
    (only,) = calibration(found).bins
    told_ = calibration(found)
    p = found[-1].predicted
    assert (only.observed, only.predicted) == (Retention(10, 9), pytest.approx(p))
    assert told_.rmse == pytest.approx(abs(p - 0.9))
    assert told_.log_loss_constant == pytest.approx(0.3251, abs=1e-4)


def test_recalibration_learns_what_the_weights_miss():
    history = []
    for ago in range(390, 0, -3):
        history += [answer(f"c{ago}", ago, GOOD), answer(f"c{ago}", ago - 2, AGAIN)]
    both = corrected(told(*sorted(history, key=lambda each: each.day)))
    assert both.plain.observed == both.recalibrated.observed
    assert (both.recalibrated.log_loss or 9) < (both.plain.log_loss or 0)


def test_the_first_prediction_is_not_corrected():
    both = corrected(told(answer("a", 9, GOOD), answer("a", 5, GOOD)))
    assert both.plain.predicted == pytest.approx(both.recalibrated.predicted)


# --- effort, buttons, hours ------------------------------------------------------------


def test_a_long_answer_counts_for_a_minute():
    found = told(
        answer("a", 3, GOOD, 10_000),
        answer("b", 3, GOOD, 600_000),
        answer("c", 2, PRACTICE, None),
    )
    spent = effort(found, period(30, TODAY, TODAY))
    assert (spent.seconds, spent.capped, spent.timed, spent.answers) == (70, 1, 2, 3)
    assert (spent.days, spent.median) == (2, 60)


def test_buttons_are_counted_by_what_the_card_was():
    found = told(answer("a", 9, AGAIN), answer("a", 9, GOOD), answer("a", 5, HARD))
    counts = ratings_by_stage(found)
    assert counts[Stage.FIRST] == (1, 0, 0, 0)
    assert counts[Stage.SAME_DAY] == (0, 0, 1, 0)
    assert counts[Stage.YOUNG] == (0, 1, 0, 0)


def test_hours_are_those_of_the_learners_clock():
    found = told(answer("a", 9, GOOD, hour=23), answer("a", 5, AGAIN, hour=23))
    hours = recall_by_hour(found, "Asia/Kolkata")
    assert (hours[4].answers, hours[4].tested) == (2, Retention(1, 0))


# --- cards -----------------------------------------------------------------------------


def test_values_on_an_edge_belong_to_the_bin_above():
    found = histogram([0.5, 1, 1.5, 9], (1.0, 2.0))
    assert [each.count for each in found.bins] == [1, 2, 1]
    assert found.median == 1.25


def test_the_weakest_fact_is_first_and_one_early_miss_is_not_weakness():
    cards = [KnownCard("a", 4, 0.9), KnownCard("b", 1, 0.8), KnownCard("c", 0, None)]
    missed = [answer("a", 40 - ago, AGAIN if ago % 2 else GOOD) for ago in range(0, 40, 3)]
    answers = told(*missed, answer("b", 9, GOOD), answer("b", 5, AGAIN))
    facts = {"a": ["F1"], "b": ["F2", "F3"], "c": ["F4"]}
    found = mastery(cards, answers, facts, 0.9)
    assert [each.subject for each in found] == ["F1", "F2", "F3", "F4"]
    assert (found[0].hardest, found[0].lapses, found[1].recall) == ("a", 4, 0.8)
    assert (found[3].begun, found[3].recall, found[3].retention.share) == (0, None, None)


def test_the_overdue_counts_today_or_apart():
    due = [days_ago(4), TODAY, TODAY + timedelta(days=2)]
    load = workload(due, TODAY, 3)
    assert [count for _, count in load] == [2, 0, 1]
    apart = due_days(due, TODAY, 3)
    assert (apart.overdue, [count for _, count in apart.days]) == (1, [1, 0, 1])


def test_days_without_reviews_are_zero_and_today_comes_last():
    counts = per_day([(TODAY, 4), (days_ago(2), 1)], TODAY, 3)
    assert counts == [(days_ago(2), 1), (days_ago(1), 0), (TODAY, 4)]
