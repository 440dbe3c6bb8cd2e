"""From a learner's card to Anki's rows: the rows that came in, or what Anki would have written.

A card that nobody touched here goes out exactly as it came. One that was reviewed here gets its
due date, interval and memory from our fold, and a review row for each review.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from quizzes.anki.history import IMPORT, milliseconds, row_of
from quizzes.anki.rows import (
    BURIED_BY_HAND,
    DAY_LEARNING,
    LEARNING,
    NEW,
    RELEARNING,
    REVIEW,
    ROW_FILTERED,
    ROW_LEARNING,
    ROW_MANUAL,
    ROW_RELEARNING,
    ROW_REVIEW,
    SECONDS_FROM,
    SUSPENDED,
    CardRow,
    RevlogRow,
)
from quizzes.domain.days import study_day
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fold import CardState, apply, effective
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.domain.timeline import Timeline

_TYPES = {
    Phase.NEW: NEW,
    Phase.LEARNING: LEARNING,
    Phase.REVIEW: REVIEW,
    Phase.RELEARNING: RELEARNING,
}
_ROW_TYPES = {
    Phase.NEW: ROW_LEARNING,
    Phase.LEARNING: ROW_LEARNING,
    Phase.REVIEW: ROW_REVIEW,
    Phase.RELEARNING: ROW_RELEARNING,
}
_EASE = 2500


@dataclass(frozen=True)
class Base:
    """Day 0 of the collection that is written, and the learner's days."""

    day0: date
    tz: str
    rollover: int
    now: datetime

    def number(self, moment: datetime) -> int:
        return (study_day(moment, self.tz, self.rollover) - self.day0).days


def untouched(events: Iterable[ReviewEvent]) -> bool:
    """Whether all that happened to the card was imported."""
    return all(event.anki is not None or event.reason == IMPORT for event in events)


def reviews(
    events: Sequence[ReviewEvent], card_id: int, settings: Timeline, chapter: str | None
) -> list[RevlogRow]:
    """The card's rows, oldest first: what was imported as it was, and our own as Anki writes them.

    What was taken back is left out.
    """
    voided = {event.target for event in events if event.kind is Kind.VOID}
    standing = [event for event in events if event.id not in voided]
    rows = [row._replace(cid=card_id) for event in standing if (row := row_of(event))]
    if not untouched(standing):
        rows += _own_rows(standing, card_id, settings, chapter)
    return sorted(rows)


def _own_rows(
    events: Sequence[ReviewEvent], card_id: int, settings: Timeline, chapter: str | None
) -> list[RevlogRow]:
    rows = [
        _row(event, card_id, ease=event.rating, type=ROW_FILTERED)
        for event in events
        if event.kind is Kind.PRACTICE and event.rating and event.anki is None
    ]
    state: CardState | None = None
    for event in effective(events):
        before, scheduling = state, settings.at(event.order)
        state = apply(before, event, scheduling, chapter)
        if state is None or event.anki is not None or event.reason == IMPORT:
            continue
        if event.kind is Kind.REVIEW:
            phase = before.phase if before else Phase.NEW
            rows.append(
                _row(
                    event,
                    card_id,
                    ease=event.rating or 1,
                    ivl=_interval(state),
                    last_ivl=_interval(before) if before else 0,
                    factor=_factor(state),
                    type=_ROW_TYPES[phase],
                )
            )
        elif event.kind is Kind.RESET:
            rows.append(_row(event, card_id, ease=0, type=ROW_MANUAL))
    return rows


def _row(event: ReviewEvent, card_id: int, **numbers: Any) -> RevlogRow:
    at = milliseconds(event.effective_at)
    empty = RevlogRow(at, card_id, 0, 0, 0, 0, min(event.duration_ms or 0, 2**31 - 1), 0)
    return empty._replace(**numbers)


def _interval(state: CardState) -> int:
    """Days, or negative seconds while learning, as Anki writes intervals."""
    if state.phase in (Phase.LEARNING, Phase.RELEARNING) and state.due_base and state.last_review:
        return -max(int((state.due_base - state.last_review).total_seconds()), 1)
    return 0 if state.phase is Phase.NEW else max(state.interval, 1)


def _factor(state: CardState) -> int:
    """With FSRS, Anki writes difficulty (1 to 10) as 100 to 1100 where the ease factor was."""
    difficulty = 5.0 if state.difficulty is None else state.difficulty
    return round(((difficulty - 1) / 9 + 0.1) * 1000)


def shifted(row: CardRow, came_with: date, base: Base) -> CardRow:
    """The row that came in, with its day numbers counted from the new day 0."""
    days = (came_with - base.day0).days
    if row.type == NEW or not days:
        return row
    placed = row.due > SECONDS_FROM or row.odid  # a time, or a place in a filtered deck
    due = row.due if placed else row.due + days
    odue = row.odue + days if row.odid and 0 < row.odue < SECONDS_FROM else row.odue
    return row._replace(due=due, odue=odue)


def written(
    start: CardRow, state: CardState, scheduling: Scheduling, base: Base, retention: float
) -> CardRow:
    """The row of a card that was studied here. `start` gives ids and what we do not keep."""
    phase = state.phase
    if phase is Phase.NEW and state.due is not None:
        phase = Phase.REVIEW
    type_ = _TYPES[phase]
    queue, due, ivl, left = type_, start.due, 0, 0
    if type_ == NEW:
        due = start.due if start.type == NEW else 0
    elif state.due is not None and phase is Phase.REVIEW:
        due = base.number(state.due)
        ivl = state.interval or max(due - base.number(base.now), 1)
    elif state.due is not None:
        steps = (
            scheduling.learning_steps if phase is Phase.LEARNING else scheduling.relearning_steps
        )
        left = max(len(steps) - state.step, 1)
        queue, due = LEARNING, milliseconds(state.due) // 1000
        ivl = state.interval
        if base.number(state.due) > base.number(state.last_review or base.now):
            queue, due = DAY_LEARNING, base.number(state.due)
    if state.suspended:
        queue = SUSPENDED
    elif state.buried_until is not None and state.buried_until > base.now:
        queue = BURIED_BY_HAND
    return start._replace(
        type=type_,
        queue=queue,
        due=due,
        ivl=ivl,
        factor=start.factor or (_EASE if type_ != NEW else 0),
        reps=max(state.reps, start.reps),
        lapses=max(state.lapses, start.lapses),
        left=left,
        odue=0,
        odid=0,
        did=start.odid or start.did,
        flags=state.flag,
        mod=max(start.mod, milliseconds(state.head[0]) // 1000 if state.head else 0),
        data=_data(start.data, state, scheduling, retention),
    )


def _data(before: str, state: CardState, scheduling: Scheduling, retention: float) -> str:
    """Memory as Anki keeps it: s in days, d from 1 to 10, dr, decay, and lrt, the last review."""
    try:
        found = json.loads(before) if before else {}
    except ValueError:
        found = {}
    data: dict[str, Any] = dict(found) if isinstance(found, Mapping) else {}
    for key in ("s", "d", "dr", "decay", "lrt"):
        data.pop(key, None)
    if state.stability is not None and state.difficulty is not None:
        data |= {
            "s": round(state.stability, 4),
            "d": round(state.difficulty, 3),
            "dr": round(retention, 2),
            "decay": round(scheduling.weights[20], 3),
        }
        if state.last_review is not None:
            data["lrt"] = milliseconds(state.last_review) // 1000
    return json.dumps(data, separators=(",", ":"))
