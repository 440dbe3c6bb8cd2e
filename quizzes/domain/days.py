"""Study days: a day that begins at the learner's rollover hour, in the time zone of the event.

Anki counts memory in such days, and so do we: a review 23 hours after the last one, with a night
between them, is one day later. An event's day is worked out once, at receipt, and stored, so
neither travel nor a change of the time zone database moves it afterwards.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

DAY_SECONDS = 86_400
_BLOCK_SECONDS = 900
#: Names in the database that stand for what a machine happens to be set to, or for nothing.
_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone; KeyError for any other name (ZoneInfo itself would open files by it)."""
    if name not in _known_zones():
        raise KeyError(name)
    return ZoneInfo(name)


@lru_cache(maxsize=512)
def stored_zone(name: str) -> ZoneInfo:
    """The zone of a row, UTC where it has no such name: a database of names may be older than the
    row, and what is stored must be readable whatever stands in it."""
    try:
        return zone(name)
    except KeyError:
        return ZoneInfo("UTC")


def study_day(instant: datetime, tz: str, rollover: int) -> date:
    """The study day of `instant`: the local date, where hours before `rollover` belong to the eve.

    Reckoned on the wall clock, so on the nights when clocks change the day still begins at
    `rollover` by the learner's clock.
    """
    day = _day_throughout(int(instant.timestamp() // _BLOCK_SECONDS), tz, rollover)
    return _day_at(instant, tz, rollover) if day is None else day


@lru_cache(maxsize=16_384)
def _day_throughout(block: int, tz: str, rollover: int) -> date | None:
    """The study day of a whole quarter of an hour; None where it begins or ends within it."""
    start = datetime.fromtimestamp(block * _BLOCK_SECONDS, UTC)
    first = _day_at(start, tz, rollover)
    last = _day_at(start + timedelta(seconds=_BLOCK_SECONDS, microseconds=-1), tz, rollover)
    return first if first == last else None


def _day_at(instant: datetime, tz: str, rollover: int) -> date:
    wall = instant.astimezone(stored_zone(tz)).replace(tzinfo=None)
    return (wall - timedelta(hours=rollover)).date()


@lru_cache(maxsize=16_384)
def day_start(day: date, tz: str, rollover: int) -> datetime:
    """The instant, in UTC, at which `day` begins. A start inside a DST gap moves to its end."""
    local = datetime.combine(day, time(hour=rollover), tzinfo=stored_zone(tz))
    return local.astimezone(UTC)
