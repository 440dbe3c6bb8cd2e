"""Review rows that an export writes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from quizzes.anki.outgoing import reviews
from quizzes.anki.rows import RevlogRow
from quizzes.domain.events import Kind, Reason, ReviewEvent
from quizzes.domain.timeline import ALWAYS_DEFAULT

PHONE = UUID(int=1)
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ROW = RevlogRow(1_772_445_600_000, 7, 3, 4, 1, 500, 2000, 1)


def event(kind: Kind, days: int, **fields) -> ReviewEvent:
    at = AT + timedelta(days=days)
    return ReviewEvent(
        uuid4(), PHONE, days, kind, "my-card", at, at, at.date(), reason=fields.pop("reason", ""),
        **fields,
    )  # fmt: skip


def imported(days: int) -> ReviewEvent:
    return event(Kind.REVIEW, days, rating=3, anki=ROW._asdict(), reason=Reason.IMPORT.value)


def test_an_imported_review_goes_out_as_the_row_it_was():
    assert reviews([imported(0)], 9, ALWAYS_DEFAULT, None) == [ROW._replace(cid=9)]


def test_what_was_taken_back_is_no_row_whether_imported_or_answered_here():
    theirs, ours = imported(0), event(Kind.REVIEW, 1, rating=3)
    kept = event(Kind.REVIEW, 2, rating=4)
    voids = [event(Kind.VOID, 3, target=gone.id) for gone in (theirs, ours)]
    [row] = reviews([theirs, ours, kept, *voids], 9, ALWAYS_DEFAULT, None)
    assert (row.ease, row.type) == (4, 0)
