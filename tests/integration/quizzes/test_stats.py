from datetime import timedelta

import pytest

from content.models import Prompt
from quizzes.selectors import chapter_recall, forecast, reviews_per_day, stats, true_retention
from quizzes.services import add_chapter, record_events, review_prompt
from tests.integration.quizzes.conftest import LAPTOP, NOW, sent, undo_last

DAY = timedelta(days=1)


def test_an_empty_account_has_empty_statistics(ada):
    found = stats(ada, now=NOW)
    assert (found.counts["all"], found.reviews_today) == (0, 0)
    assert found.retention.share is None
    assert (len(found.forecast), len(found.heat)) == (14, 365)


def test_reviews_are_counted_on_their_study_day_unless_taken_back(ada):
    review_prompt(ada, "c05-0", rating=3, device=LAPTOP, now=NOW - 2 * DAY)
    review_prompt(ada, "c05-1", rating=3, device=LAPTOP, now=NOW - DAY)
    review_prompt(ada, "c05-2", rating=3, device=LAPTOP, now=NOW)
    undo_last(ada, device=LAPTOP, now=NOW)
    assert [count for _, count in reviews_per_day(ada, now=NOW, days=4)] == [0, 1, 1, 0]
    assert not hasattr(stats(ada, now=NOW), "streak")


def test_true_retention_leaves_out_first_sight_and_what_was_taken_back(ada):
    days_and_ratings = [(20, 3), (18, 3), (10, 1), (10, 3), (5, 4)]
    batch = [
        sent(at=NOW - days * DAY + timedelta(minutes=n), rating=rating, seq=n)
        for n, (days, rating) in enumerate(days_and_ratings)
    ]
    record_events(ada, batch, now=NOW)
    assert true_retention(ada, now=NOW).share == pytest.approx(2 / 3)
    record_events(ada, [sent(kind="void", target=batch[2]["id"])], now=NOW)
    assert true_retention(ada, now=NOW).share == 1


def test_true_retention_sees_reviews_before_its_window(ada):
    batch = [sent(at=NOW - days * DAY, seq=days) for days in (60, 40, 3)]
    record_events(ada, batch, now=NOW)
    assert true_retention(ada, now=NOW).reviews == 1


def test_the_forecast_says_when_cards_are_due(ada):
    record_events(
        ada,
        [
            sent("c05-0"),
            sent("c05-0", "set_due", seq=2, due="2026-03-05T04:00:00.000Z"),
            sent("c05-1", at=NOW - 30 * DAY, rating=4),
        ],
        now=NOW,
    )
    load = forecast(ada, now=NOW)
    assert [count for _, count in load] == [1, 0, 0, 1] + [0] * 10


def test_a_chapters_recall_counts_unseen_prompts_as_unknown(ada):
    assert chapter_recall(ada, now=NOW)["pets"].recalled == 0
    add_chapter(ada, "pets", now=NOW)
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=NOW)
    found = chapter_recall(ada, now=NOW)
    assert (found["pets"].cards, found["pets"].prompts) == (5, 5)
    assert found["pets"].recalled == pytest.approx(0.2)
    later = chapter_recall(ada, now=NOW + 30 * DAY)["pets"]
    assert 0.1 < later.recalled < 0.2
    assert later.due == 1
    assert found["mnist-basics"].cards == 0


def test_counts_name_every_phase(ada):
    add_chapter(ada, "pets", now=NOW)
    review_prompt(ada, "c05-0", rating=1, device=LAPTOP, now=NOW)
    record_events(ada, [sent("c05-1", "suspend")], now=NOW)
    assert stats(ada, now=NOW).counts == {
        "new": 4,
        "learning": 1,
        "review": 0,
        "relearning": 0,
        "suspended": 1,
        "all": 5,
    }


def test_cards_whose_prompt_is_gone_are_in_no_count(ada):
    for prompt in ("c05-0", "c05-1"):
        review_prompt(ada, prompt, rating=4, device=LAPTOP, now=NOW)
    Prompt.objects.filter(pk="c05-0").update(retired_at=NOW)
    counts = stats(ada, now=NOW).counts
    assert (counts["all"], counts["review"]) == (1, 1)
