from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.days import day_start, study_day, zone
from tests.unit.quizzes.histories import ZONES


def test_an_answer_at_three_in_the_morning_belongs_to_the_eve():
    assert study_day(datetime(2026, 3, 2, 3, 59, tzinfo=UTC), "UTC", 4) == date(2026, 3, 1)
    assert study_day(datetime(2026, 3, 2, 4, 0, tzinfo=UTC), "UTC", 4) == date(2026, 3, 2)


def test_the_day_begins_by_the_learners_clock_on_both_sides_of_a_clock_change():
    assert day_start(date(2026, 3, 28), "Europe/Berlin", 4) == datetime(2026, 3, 28, 3, tzinfo=UTC)
    assert day_start(date(2026, 3, 29), "Europe/Berlin", 4) == datetime(2026, 3, 29, 2, tzinfo=UTC)
    # 02:30 does not exist that night: a day that begins at 2 begins where the gap ends.
    assert day_start(date(2026, 3, 29), "Europe/Berlin", 2) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@given(
    instant=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)),
    tz=st.sampled_from(ZONES),
    rollover=st.integers(0, 23),
)
def test_an_instant_lies_between_the_start_of_its_day_and_of_the_next(instant, tz, rollover):
    instant = instant.replace(tzinfo=UTC)
    day = study_day(instant, tz, rollover)
    assert day_start(day, tz, rollover) <= instant
    assert instant < day_start(day + timedelta(days=1), tz, rollover)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Europe", "/etc/passwd"])
def test_a_name_that_is_no_time_zone_opens_no_file(name):
    with pytest.raises(KeyError):
        zone(name)
