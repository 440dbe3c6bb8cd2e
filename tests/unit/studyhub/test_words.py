"""Numbers and times in the words of the site."""

from datetime import UTC, datetime, timedelta

import pytest

from studyhub.base import words
from studyhub.base.charts import Bar, percent

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (20, "1 min"),
        (600, "10 min"),
        (3 * 3600, "3 hours"),
        (86_400, "1 day"),
        (9 * 86_400, "9 days"),
        (75 * 86_400, "2.5 months"),
        (3 * 365.25 * 86_400, "3 years"),
    ],
)
def test_an_interval_as_on_a_rating_button(seconds, said):
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(minutes=-3), "now"),
        (timedelta(minutes=10), "in 10 min"),
        (timedelta(hours=7), "in 7 hours"),
        (timedelta(hours=20), "tomorrow"),
        (timedelta(days=5), "on Thursday"),
        (timedelta(days=12), "in 12 days"),
    ],
)
def test_when_a_card_comes_back(later, said):
    assert words.due(NOON + later, NOON) == said


def test_shortly_after_midnight_is_not_tomorrow_for_a_late_reader():
    late = NOON.replace(hour=23, minute=50)
    assert words.due(late + timedelta(minutes=20), late) == "in 20 min"


def test_how_long_ago():
    assert words.ago(NOON - timedelta(seconds=5), NOON) == "just now"
    assert words.ago(NOON - timedelta(days=1), NOON) == "yesterday"
    assert words.ago(NOON - timedelta(days=40), NOON) == "on 12 October"
    assert words.ago(NOON - timedelta(days=400), NOON) == "on 17 October 2025"


def test_a_share_is_never_rounded_up_to_all_of_it():
    assert percent(0.99996) == "99.9\u202f%"
    assert percent(1.0) == "100.0\u202f%"
    assert percent(0.29, 0) == "29\u202f%"


def test_counts_and_sizes():
    assert words.counted(1, "card") == "1 card"
    assert words.counted(2400, "card") == "2,400 cards"
    assert words.counted(2, "box", "boxes") == "2 boxes"
    assert words.size(100_000) == "100 kB"
    assert words.size(17_051_982) == "17.1 MB"
    assert words.minutes(61) == "about 2 min"
    assert words.number_word(6) == "Six"
    assert words.number_word(24) == "24"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.81526, "0.815"), (-1234.5, "-1234.500"), (1e6, "1e+06"), (2.4999e198, "2.5e+198")],
)
def test_a_number_too_long_to_read_is_said_in_powers_of_ten(value, said):
    assert words.decimals(value, 3) == said
    chart = Bar({"pass": 0.9}, higher=False, is_share=False)
    assert len(chart.words(value)) <= len(said)
    assert float(chart.words(value)) == pytest.approx(value, rel=0.01)
