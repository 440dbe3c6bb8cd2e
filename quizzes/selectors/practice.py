"""Rounds of practice that leave the schedule alone, and studying ahead, which does not.

A round is not stored either: what was known since its beginning is read from the practice events,
so that it goes on on another device.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from quizzes.domain.days import day_start
from quizzes.domain.session_order import WINDOW, arranged
from quizzes.domain.undo import CRAM, PREVIEW
from quizzes.selectors.memory import timeline_of, today_of
from quizzes.selectors.practice_queue import cards_of_a_round
from quizzes.selectors.queue_rows import Due
from quizzes.selectors.session import LIMIT_MAX, Session, session_id
from quizzes.selectors.session_cards import SessionCard, session_cards
from quizzes.selectors.session_queue import Narrowed, Reading
from studyhub.accounts.models import User

AHEAD_DAYS, AHEAD_DAYS_MAX = 3, 30
_BEYOND = 3 * WINDOW


class What(StrEnum):
    """Which cards a round asks."""

    ALL = "all"
    MISSED = "missed"
    FLAGGED = "flagged"
    AHEAD = "ahead"
    NEW = "new"


def practice(
    user: User,
    *,
    now: datetime,
    mode: str = CRAM,
    what: What = What.ALL,
    chapters: Sequence[str] = (),
    deck: str | None = None,
    days: int = AHEAD_DAYS,
    since: datetime | None = None,
    limit: int = 20,
) -> Session:
    """The next cards of a round: each until it was known once, what was missed again at the end.

    Mode "cram" asks `what` of the chapters (slugs; none: all cards): all cards, those missed in
    today's reviews, flagged, due within `days` days, or new. "preview" asks new cards only. The
    round began at `since`, by default with the study day; what was practised before does not
    count. `counts` has `left` and `done` of the round. Answers are `practice` events with the mode
    as their reason.
    """
    today = today_of(user, now)
    since = since or day_start(today, user.time_zone, user.rollover_hour)
    reading = Reading(user.pk, now, today, Narrowed(tuple(chapters), deck=deck))
    asked = What.NEW if mode == PREVIEW else what
    limit = max(0, min(limit, LIMIT_MAX))
    found = cards_of_a_round(reading, asked, _horizon(now, days), since, mode, limit + _BEYOND)
    cards = _in_order(user, reading, found, today, limit, practice=True)
    return _round(session_id(user, today, mode), cards, left=found.learning, done=found.reviews)


def ahead(
    user: User,
    *,
    now: datetime,
    chapters: Sequence[str] = (),
    deck: str | None = None,
    days: int = AHEAD_DAYS,
    limit: int = 20,
) -> Session:
    """Reviews that are due within `days` days, most at risk first, to be answered before their
    time. Answers count: FSRS takes the shorter wait into account."""
    today = today_of(user, now)
    reading = Reading(user.pk, now, today, Narrowed(tuple(chapters), deck=deck))
    limit = max(0, min(limit, LIMIT_MAX))
    found = cards_of_a_round(reading, What.AHEAD, _horizon(now, days), now, "", limit + _BEYOND)
    cards = _in_order(user, reading, found, today, limit, practice=False)
    return _round(session_id(user, today, "ahead"), cards, left=found.learning, done=0)


def _horizon(now: datetime, days: int) -> datetime:
    return now + timedelta(days=max(1, min(days, AHEAD_DAYS_MAX)))


def _in_order(
    user: User, reading: Reading, found: Due, today: date, limit: int, *, practice: bool
) -> list[SessionCard]:
    waiting = {w.candidate.prompt: w for w in found.cards}
    order = arranged([w.candidate for w in found.cards], before=reading.recent(), limit=limit)
    ids = [waiting[prompt].card for prompt in order]
    return session_cards(reading, ids, today, timeline_of(user.pk).newest, practice=practice)


def _round(id_: str, cards: list[SessionCard], *, left: int, done: int) -> Session:
    nothing = dict.fromkeys(("new", "learning", "review", "due", "beyond_limit"), 0)
    counts = {**nothing, "left": left, "done": done}
    return Session(id=id_, cards=cards, counts=counts, next_due=None)
