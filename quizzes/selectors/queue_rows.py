"""What the statements of a session bring, made into what the session is worked out from."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from quizzes.domain.scheduler import Phase
from quizzes.domain.session_order import Candidate
from studyhub.base.statements import Rows


class Waiting(NamedTuple):
    """One card that could come next."""

    card: int
    phase: str
    candidate: Candidate
    memory: tuple[float, float, date, int] | None = None
    """Of a review: stability, difficulty, last study day, lapses."""

    @property
    def is_review(self) -> bool:
        return self.phase == Phase.REVIEW


class Due(NamedTuple):
    """The most urgent cards, and how many wait in all."""

    cards: list[Waiting]
    learning: int
    reviews: int


class Day(NamedTuple):
    """What the study day saw: cards begun, cards reviewed that were begun before, when the next
    card is due (None: none), how many new cards there are, counted up to a bound, and whether an
    exam or a break lies ahead, which changes what the day allows."""

    begun: int
    reviewed: int
    next_due: datetime | None
    new: int
    planned: bool


def day_of(rows: Rows) -> Day:
    [[begun, reviewed, next_due, new, planned]] = rows
    return Day(begun, reviewed, read_moment(next_due), new, bool(planned))


def due_of(rows: Rows, limit: int) -> Due:
    if not rows:
        return Due([], 0, 0)
    *_, waiting, reviews = rows[0]
    return Due([waiting_of(row) for row in rows[:limit]], waiting - reviews, reviews)


def recent_of(rows: Rows) -> list[Candidate]:
    return [waiting_of(row).candidate for row in reversed(rows)]


def waiting_of(row: Sequence[Any]) -> Waiting:
    card, phase, prompt, chapter, note, facts, requires = row[:7]
    tier = row[7] if len(row) == 8 else 0
    candidate = Candidate(prompt, chapter, _names(facts), _names(requires), note, tier)
    if phase != Phase.REVIEW or len(row) < 13:
        return Waiting(card, phase, candidate)
    stability, difficulty, last_day, lapses = row[7:11]
    day = read_day(last_day)
    if stability is None or difficulty is None or day is None:
        return Waiting(card, phase, candidate)
    return Waiting(card, phase, candidate, (stability, difficulty, day, lapses))


_NOTHING: frozenset[str] = frozenset()


def _names(column: Any) -> frozenset[str]:
    """A JSON list as a raw cursor gives it: text, or already read."""
    if column in ("[]", None):
        return _NOTHING
    return frozenset(json.loads(column) if isinstance(column, str) else column)


def read_moment(value: Any) -> datetime | None:
    """SQLite has no time zones; what it stores is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def read_day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
