"""Reads of results: the leaderboard, the class, and a run beside baseline and reference."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from labs.domain import standing
from labs.domain.runs import GRADED
from labs.domain.standing import Best, Board, ClassFigures, Rival
from labs.models import Grade, Lab, LearnerChoice, Regrading, Run
from studyhub.accounts.models import User


def board(lab: Lab, viewer: User | None = None, *, limit: int = 100) -> Board:
    """The best run of each learner, best first, and the viewer's own place wherever it is.

    Runs that a person must look at are left out. Who chose to stand there without a name is
    called "Anonymous learner" to everybody else.
    """
    viewer_id = viewer.pk if viewer is not None else None
    bests = _bests(lab)
    held = viewer_id is not None and not any(best.user_id == viewer_id for best in bests)
    chosen = LearnerChoice.objects.filter(lab=lab, anonymous=True).values_list("user", flat=True)
    found = standing.board(bests, limit=limit, viewer=viewer_id, anonymous=frozenset(chosen))
    if not held:
        return found
    flagged = _graded(lab).filter(run__user=viewer_id).exclude(flagged="").exists()
    return Board(found.places, found.own, found.learners, own_held=flagged)


def class_figures(lab: Lab) -> ClassFigures | None:
    """How the best scores of all learners are spread; None below five learners."""
    return standing.class_figures([best.score for best in _bests(lab)])


def comparison_of(run: Run) -> list[Rival]:
    """The run beside the lab's own files, weakest first; empty where it was not graded."""
    grade = getattr(run, "grade", None)
    if grade is None:
        return []
    value = grade.metrics.get(grade.thresholds.get("metric", ""))
    if value is None:
        return []
    return standing.comparison(float(value), grade.thresholds, spread_of(run))


def spread_of(run: Run) -> Sequence[Mapping[str, Any]]:
    """What the lab's own files reached on the variant that the run was graded on; empty where the
    lab stands on another one now."""
    grade = getattr(run, "grade", None)
    same = grade is None or grade.variant == run.lab.variant
    return run.lab.spread if same else ()


def _graded(lab: Lab) -> QuerySet[Grade]:
    """Of the variant that the lab stands on."""
    graded = Grade.objects.filter(run__lab=lab, run__state__in=GRADED)
    return graded.filter(variant=lab.variant)


def _bests(lab: Lab) -> list[Best]:
    best_first = (
        _graded(lab)
        .filter(flagged="")
        .order_by("-score", "run_id")
        .values_list("run__user", "run__user__username", "run", "grade", "score", "metrics")
    )
    bests: dict[int, Best] = {}
    for row in best_first.iterator(chunk_size=500):
        bests.setdefault(row[0], Best(*row))
    return list(bests.values())


def regrading(regrading_id: int) -> Regrading | None:
    return Regrading.objects.select_related("lab", "asked_by").filter(pk=regrading_id).first()


def regradings_of(lab: Lab) -> QuerySet[Regrading]:
    """Every wish to grade runs of the lab again, newest first."""
    return Regrading.objects.filter(lab=lab).select_related("asked_by", "lab")
