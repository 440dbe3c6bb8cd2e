"""Reads of what was fitted to a learner's reviews and learned from their answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery

from quizzes.domain.errors import FitFailed
from quizzes.domain.events import Kind
from quizzes.domain.fitting import HELD_OUT_MIN, TRIALS_MIN, held_out_from
from quizzes.domain.fsrs import Weights
from quizzes.domain.history import Logged, histories
from quizzes.models import Card, OpenTask, ReviewEventRow, SchedulerParameters
from quizzes.selectors.acts import standing
from quizzes.selectors.memory import timeline_of
from studyhub.accounts.models import User

FITS_SHOWN = 20
#: So many of the newest reviews are looked at first; most of a grown collection's are trials.
NEWEST = 800


@dataclass(frozen=True)
class FitRow:
    """One fit. The log losses are means over reviews that neither set of weights was fitted to."""

    version: int
    fitted_at: datetime
    reviews: int
    log_loss_before: float
    log_loss_after: float
    kept: bool
    weights: list[float]


def fits_of(user_id: int, limit: int = FITS_SHOWN) -> list[FitRow]:
    """The learner's fits, newest first."""
    return [fit_row(fit) for fit in all_fits(user_id)[:limit]]


def all_fits(user_id: int) -> QuerySet[SchedulerParameters]:
    return SchedulerParameters.objects.filter(user_id=user_id)


def fit_row(fit: SchedulerParameters) -> FitRow:
    return FitRow(
        version=fit.version,
        fitted_at=fit.fitted_at,
        reviews=fit.reviews,
        log_loss_before=fit.log_loss_before,
        log_loss_after=fit.log_loss_after,
        kept=fit.kept,
        weights=list(fit.weights),
    )


def why_no_fit(user_id: int) -> str:
    """What a fit would lack now; empty where one can be made.

    With many reviews the newest ones show already that they are enough; else all are read.
    """
    last_kept = fitted_until(user_id, timeline_of(user_id).newest.weights)
    newest = _newest_trials(user_id)
    fresh = [at for at in newest if last_kept is None or at >= last_kept]
    if len(newest) >= TRIALS_MIN and len(fresh) >= HELD_OUT_MIN:
        return ""
    found = histories(review_log(user_id))
    try:
        held_out_from(found, last_kept)
    except FitFailed as refusal:
        return refusal.message
    return ""


def _newest_trials(user_id: int) -> list[datetime]:
    """When the newest reviews came that are trials for sure: the first of their card on a study
    day after its first one. A card that was reset has its first day anew."""
    first_days = Card.objects.filter(user=user_id, prompt=OuterRef("prompt"))
    newest = (
        standing(user_id)
        .filter(kind=Kind.REVIEW)
        .order_by("-change_seq")
        .annotate(first_day=Subquery(first_days.values("first_day")[:1]))
        .values_list("prompt_id", "day", "first_day", "effective_at")[:NEWEST]
    )
    found: dict[tuple[str | None, date], datetime] = {}
    for prompt, day, first_day, at in newest:
        if first_day is not None and day > first_day:
            found[prompt, day] = min(at, found.get((prompt, day), at))
    return list(found.values())


@dataclass(frozen=True)
class AskedFit:
    """A fit that the learner asked for and that is not made yet. `running` once a task began it;
    `since` is when that was, or when it was asked for."""

    running: bool
    since: datetime


def asked_fit(user_id: int) -> AskedFit | None:
    task = OpenTask.objects.filter(user=user_id, kind=OpenTask.Kind.FIT).first()
    return AskedFit(task.attempts > 0, task.moved_at) if task else None


def reviews_of(user_id: int) -> int:
    """How many reviews of the learner are in force."""
    return standing(user_id).filter(kind=Kind.REVIEW).count()


def fitted_until(user_id: int, in_force: Weights) -> datetime | None:
    """When the weights in force were fitted; None where they are no fit's."""
    kept = SchedulerParameters.objects.filter(user_id=user_id, kept=True).first()
    return kept.fitted_at if kept and tuple(kept.weights) == in_force else None


def review_log(user_id: int, after_seq: int | None = None) -> Iterator[Logged]:
    """The learner's reviews and resets in force, card by card, each in the total order.

    With `after_seq`, only cards that were reviewed after that change, with all they have.
    """
    rows = ReviewEventRow.objects.filter(user_id=user_id, kind__in=(Kind.REVIEW, Kind.RESET))
    if after_seq is not None:
        fresh = ReviewEventRow.objects.filter(
            user_id=user_id, kind=Kind.REVIEW, change_seq__gt=after_seq
        )
        rows = rows.filter(prompt__in=fresh.values("prompt"))
    voids = ReviewEventRow.objects.filter(user_id=user_id, kind=Kind.VOID, target__isnull=False)
    taken_back = set(voids.values_list("target", "prompt_id"))
    ordered = rows.order_by("prompt", "effective_at", "device", "seq", "event_id")
    columns = ("kind", "prompt_id", "day", "rating", "effective_at", "change_seq", "event_id")
    for *logged, event_id in ordered.values_list(*columns).iterator():
        row = Logged(*logged)
        if (event_id, row.prompt) not in taken_back:
            yield row


def learners() -> Iterator[User]:
    """Everyone active who has cards or reviews, by name."""
    yield from User.objects.filter(is_active=True, memory__isnull=False).order_by("username")
