"""From Anki's review log and card state to events, so that our fold gives the card's memory.

Which rows count is Anki's own rule for FSRS: a rating of 1 to 4 counts unless it was given while
cramming (a filtered row without a factor); a manual row without a factor forgets the card; and
history before the last run of learning is ignored, because older versions of Anki wrote no row
when a card was forgotten. Every row becomes one event that keeps the row's numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from quizzes.anki.rows import (
    BURIED_BY_HAND,
    BURIED_BY_SCHEDULER,
    NEW,
    ROW_FILTERED,
    ROW_LEARNING,
    ROW_MANUAL,
    ROW_RESCHEDULED,
    SECONDS_FROM,
    SUSPENDED,
    CardRow,
    RevlogRow,
)
from quizzes.domain.days import day_start, study_day, zone
from quizzes.domain.events import Kind, Reason, ReviewEvent, moment_text
from quizzes.domain.fold import CardState
from quizzes.domain.scheduler import INTERVAL_MAX, Phase

IMPORT = Reason.IMPORT.value
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000
_MOVED_AT_MOST = 50
_NAMESPACE = UUID("0f2d2a4e-5b0c-4e0c-9f0a-4f6f0d6f3c11")


@dataclass(frozen=True)
class Calendar:
    """How a collection's days are counted: `created` is its day 0."""

    created: date
    tz: str
    rollover: int

    def day_of(self, moment: datetime) -> date:
        return study_day(moment, self.tz, self.rollover)

    def start(self, day: date) -> datetime:
        return day_start(day, self.tz, self.rollover)

    def date_of(self, number: int) -> date:
        return self.created + timedelta(days=min(max(number, -INTERVAL_MAX), INTERVAL_MAX))


def calendar(
    created: int, offset: int | None, rollover: int | None, own_zone: str, own_rollover: int
) -> Calendar:
    """The collection's days, in the learner's time zone where that agrees with the collection's.

    A zone knows about summer time, a collection only its offset on the day it was created; where
    the two disagree, the offset is taken (whole hours), and the learner's zone without one.
    """
    at = _EPOCH + timedelta(seconds=created)
    tz = own_zone
    if offset is not None:
        here = at.astimezone(zone(own_zone)).utcoffset()
        if here != timedelta(minutes=-offset) and offset % 60 == 0 and -14 <= offset // 60 <= 12:
            hours = offset // 60
            tz = f"Etc/GMT{hours:+d}" if hours else "UTC"
    day = at.astimezone(zone(tz)).date()
    return Calendar(day, tz, own_rollover if rollover is None else rollover)


@dataclass(frozen=True)
class CardHistory:
    """Makes the events of one card. `key` is its guid and template, the same in every export."""

    prompt: str
    user: int
    key: str
    device: UUID
    calendar: Calendar
    received: datetime

    def reviews(self, rows: Sequence[RevlogRow]) -> list[ReviewEvent]:
        """One event per row, oldest first, and one that forgets what Anki ignores."""
        events: list[ReviewEvent] = []
        ignored_before = _last_learning(rows)
        last_review: date | None = None
        for place, row in enumerate(rows):
            if place == ignored_before:
                events.append(self._event(Kind.RESET, f"again:{row.id}", row.id, row.id - 1))
            event = self._of_row(row, last_review)
            if event.kind is Kind.REVIEW:
                last_review = event.day
            events.append(event)
        return events

    def state(
        self, card: CardRow, rows: Sequence[RevlogRow], before: CardState | None
    ) -> list[ReviewEvent]:
        """Events for what the card's row says and `before`, the fold up to `when`, does not."""
        when = self.when(card, rows)
        had = before or CardState(self.prompt)
        made: list[tuple[Kind, str, dict[str, Any]]] = []
        if card.type == NEW and had.phase is not Phase.NEW:
            made.append((Kind.RESET, "", {}))
        due = self._due(card)
        if due is not None and not self._same_due(card, had.due, due):
            made.append((Kind.SET_DUE, moment_text(due), {"due": due}))
        suspended = card.queue == SUSPENDED
        if suspended != had.suspended:
            made.append((Kind.SUSPEND if suspended else Kind.UNSUSPEND, "", {}))
        if card.queue in (BURIED_BY_HAND, BURIED_BY_SCHEDULER):
            until = self.calendar.start(self.calendar.day_of(_moment(when)) + timedelta(days=1))
            if until > self.received and until != had.buried_until:
                made.append((Kind.BURY, moment_text(until), {"until": until}))
        if card.flags & 7 != had.flag:
            made.append((Kind.FLAG, str(card.flags & 7), {"flag": card.flags & 7}))
        return [
            self._event(kind, f"{kind}:{when}:{value}", when, when + 1 + place, **fields)
            for place, (kind, value, fields) in enumerate(made)
        ]

    def when(self, card: CardRow, rows: Sequence[RevlogRow]) -> int:
        """The time in milliseconds that the card's state is of."""
        return max(card.mod * 1000, rows[-1].id if rows else 0)

    def up_to(self, events: Iterable[ReviewEvent], when: int) -> list[ReviewEvent]:
        """Those that the state of `when` has to reckon with."""
        limit = min(_moment(when), self.received)
        return [event for event in events if event.effective_at <= limit]

    def _of_row(self, row: RevlogRow, last_review: date | None) -> ReviewEvent:
        rated = 1 <= row.ease <= 4
        cramming = row.type == ROW_FILTERED and row.factor == 0
        fields: dict[str, Any] = {"rating": row.ease if rated else None}
        if row.type == ROW_MANUAL and row.factor == 0:
            kind, fields = Kind.RESET, {}
        elif row.type in (ROW_MANUAL, ROW_RESCHEDULED):
            kind, fields = Kind.SET_DUE, {"due": self._due_of_row(row, last_review)}
        elif rated and not cramming and row.type <= ROW_FILTERED:
            kind = Kind.REVIEW
        else:
            kind = Kind.PRACTICE
        return self._event(
            kind,
            str(row.id),
            row.id,
            row.id,
            duration_ms=min(max(row.time, 0), _DAY_MS),
            anki=row._asdict(),
            **fields,
        )

    def _due_of_row(self, row: RevlogRow, last_review: date | None) -> datetime:
        if row.ivl < 0:
            return _moment(row.id) + timedelta(seconds=min(-row.ivl, 10 * 365 * 86_400))
        day = self.calendar.day_of(_moment(row.id))
        if row.type == ROW_RESCHEDULED and last_review is not None:
            day = last_review
        return self.calendar.start(day + timedelta(days=min(row.ivl, INTERVAL_MAX)))

    def _due(self, card: CardRow) -> datetime | None:
        if card.type == NEW:
            return None
        number = card.odue if card.odid and card.odue else card.due
        if number > SECONDS_FROM:
            return _EPOCH + timedelta(seconds=number)
        return self.calendar.start(self.calendar.date_of(number))

    def _same_due(self, card: CardRow, had: datetime | None, due: datetime) -> bool:
        if had is None:
            return False
        if card.odid == 0 and card.due > SECONDS_FROM:
            return abs(had - due) < timedelta(seconds=1)
        return self.calendar.day_of(had) == self.calendar.day_of(due)

    def _event(self, kind: Kind, name: str, at_ms: int, seq: int, **fields: Any) -> ReviewEvent:
        at = _moment(at_ms)
        effective = min(at, self.received)
        event = ReviewEvent(
            id=uuid5(_NAMESPACE, f"{self.user}:{self.key}:{name}"),
            device=self.device,
            seq=seq,
            kind=kind,
            prompt=self.prompt,
            at=at,
            effective_at=effective,
            day=self.calendar.day_of(effective),
            tz=self.calendar.tz,
            rollover=self.calendar.rollover,
            reason=IMPORT,
        )
        return replace(event, **fields)


def device_of(user: int, created: int) -> UUID:
    """The device that all events of one collection come from."""
    return uuid5(_NAMESPACE, f"{user}:collection:{created}")


def row_of(event: ReviewEvent) -> RevlogRow | None:
    """The row that an imported event keeps; None for any other event."""
    return RevlogRow(**event.anki) if event.anki else None


def row_ids(stored: Iterable[ReviewEvent]) -> set[int]:
    """Ids of the rows that these events keep."""
    return {event.anki["id"] for event in stored if event.anki}


def exported_from(stored: Iterable[ReviewEvent], rows: Sequence[RevlogRow]) -> set[int]:
    """Ids of rows that our own export made of events that are stored here.

    An id that another row had was moved on by a few milliseconds, hence the tolerance.
    """
    ours = {
        (milliseconds(event.effective_at), event.rating or 0)
        for event in stored
        if event.anki is None and event.reason != IMPORT
    }
    return {
        row.id
        for row in rows
        if ours and any((row.id - late, row.ease) in ours for late in range(_MOVED_AT_MOST))
    }


def milliseconds(moment: datetime) -> int:
    """Since 1970, as Anki numbers reviews."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _last_learning(rows: Sequence[RevlogRow]) -> int | None:
    """The place of the first row of the last run of learning, where rows before it are ignored
    and none of them says so."""
    first: int | None = None
    for place in range(len(rows) - 1, -1, -1):
        row = rows[place]
        if row.type == ROW_FILTERED and row.factor == 0:
            continue
        if row.type == ROW_LEARNING and row.ease > 0:
            first = place
        elif row.type == ROW_MANUAL and row.factor == 0:
            return None
        elif first is not None:
            return first
    return None


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
