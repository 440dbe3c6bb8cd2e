"""Reads a learner's answers for the statistics, as plain numbers in one query."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Case, F, Field, Func, Q, QuerySet, Value, When

from quizzes.domain.events import Kind
from quizzes.domain.statistics import Answer
from quizzes.domain.statistics.answers import PRACTICE, RESET
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors.acts import standing
from studyhub.accounts.models import User

#: In the place of a chapter's slug: cards that belong to no chapter.
OWN_CARDS = "own"
#: The databases give integers; an IntegerField would send each of 100,000 through int() once more.
NUMBER: "Field[int, int]" = Field()


#: Kinds of events that are answers, or end what the ones before say.
ANSWERS = (Kind.REVIEW, Kind.PRACTICE, Kind.RESET)


class _DayOrdinal(Func):
    """A date column as `date.toordinal()` counts: a number costs a tenth of a date to read."""

    output_field = NUMBER
    template = "(%(expressions)s - DATE '0001-01-01' + 1)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 1721424.5 AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **context)


class _Seconds(Func):
    """A time column as whole seconds since 1970."""

    output_field = NUMBER
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **context)


def voids_of(user: User) -> QuerySet[ReviewEventRow]:
    """What took events back."""
    return ReviewEventRow.objects.filter(user=user, kind=Kind.VOID, target__isnull=False)


def answers(user: User, since: date, chapter: str | None = None) -> Iterator[Answer]:
    """All answers, in their total order, of every card that was answered since then.

    `chapter` is a chapter's slug, or OWN_CARDS for cards of no chapter.
    """
    rows = standing(user.pk).filter(kind__in=ANSWERS)
    if chapter is not None:
        rows = rows.filter(of_chapter(chapter))
    lately = ReviewEventRow.objects.filter(user=user, kind__in=ANSWERS, day__gte=since)
    return _numbers(rows.filter(prompt__in=lately.order_by().values("prompt")))


def lately_answered(user: User, since: date) -> Iterator[Answer]:
    """Reviews since then, and before those of a card that had been reviewed earlier one of its
    first day: enough to tell which of them tested memory, without the history of all cards.

    In their total order within each card. Where cards were reset since then, theirs are read whole,
    as a card tells the first day of its present life only.
    """
    recent = standing(user.pk).filter(kind=Kind.REVIEW, day__gte=since)
    reset = ReviewEventRow.objects.filter(user=user, kind=Kind.RESET, day__gte=since)
    anew = set(reset.order_by().values_list("prompt_id", flat=True))
    cards = Card.objects.filter(user=user, first_day__lt=since, last_day__gte=since)
    for prompt, first_day in cards.order_by().values_list("prompt_id", _DayOrdinal("first_day")):
        if prompt not in anew:
            yield Answer(prompt, first_day, 1, None, 0)
    for answer in _numbers(recent):
        if answer.prompt not in anew:
            yield answer
    if anew:
        yield from _numbers(standing(user.pk).filter(kind__in=ANSWERS, prompt__in=anew))


def _numbers(rows: QuerySet[ReviewEventRow]) -> Iterator[Answer]:
    code = Case(
        When(kind=Kind.PRACTICE, then=Value(PRACTICE)),
        When(kind=Kind.RESET, then=Value(RESET)),
        default=F("rating"),
        output_field=NUMBER,
    )
    ordered = rows.order_by("effective_at", "device", "seq", "event_id")
    columns = ("prompt_id", _DayOrdinal("day"), code, "duration_ms", _Seconds("effective_at"))
    return map(Answer._make, ordered.values_list(*columns))


def of_chapter(chapter: str) -> Q:
    """Rows that have a `prompt` of this chapter, or of none for OWN_CARDS."""
    return Q(prompt__chapter=None) if chapter == OWN_CARDS else Q(prompt__chapter__slug=chapter)
