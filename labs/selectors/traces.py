"""Reads for a run's page: its events by kind, its figures, the runs to draw beside it."""

from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform

from labs.domain.events import NumberedEvent
from labs.domain.runs import GRADED
from labs.models import Run, RunEvent
from labs.selectors.runs import runs_of


def run_events_of(
    run_id: int, *kinds: str, newest: int | None = None, until: int | None = None
) -> tuple[NumberedEvent, ...]:
    """Events of some kinds in their order; with `newest` only the last so many of them.

    `until` leaves out those with a higher number.
    """
    rows = RunEvent.objects.filter(run_id=run_id, kind__in=kinds)
    if until is not None:
        rows = rows.filter(seq__lte=until)
    found = rows.order_by("-seq" if newest else "seq").values_list("seq", "at", "kind", "data")
    events = [NumberedEvent(seq, at, kind, data) for seq, at, kind, data in found[:newest]]
    return tuple(reversed(events) if newest else events)


def figures_of(run_id: int) -> list[tuple[int, str]]:
    """Number and name of each figure that a run drew, without its SVG, which may be large."""
    rows = RunEvent.objects.filter(run_id=run_id, kind="figure").order_by("seq")
    named = rows.annotate(name=KeyTextTransform("name", "data")).values_list("seq", "name")
    return [(seq, name or "") for seq, name in named]


def runs_with_curves(run: Run, *, most: int) -> list[Run]:
    """The newest other runs of its learner and lab that logged metrics."""
    points = RunEvent.objects.filter(run=OuterRef("pk"), kind="metric")
    others = runs_of(run.user, run.lab).exclude(pk=run.pk).filter(Exists(points))
    return list(others[:most])


def graded_before(run: Run) -> Run | None:
    """The graded run that its learner handed in last before this one, on the same variant."""
    before = runs_of(run.user, run.lab).filter(pk__lt=run.pk, state__in=GRADED)
    return before.filter(grade__variant=run.grade.variant).first()
