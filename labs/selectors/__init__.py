"""Reads for pages and API: labs, runs, their events, results, the queue."""

from labs.selectors.catalogue import fetch_of, is_anonymous, lab, labs
from labs.selectors.queueing import (
    Turn,
    queue_position,
    queue_positions,
    room_for,
    runs_at_work,
    turn_of,
    turns_of,
)
from labs.selectors.results import (
    board,
    class_figures,
    comparison_of,
    regrading,
    regradings_of,
)
from labs.selectors.runs import (
    EVENTS_AT_ONCE,
    PastGrade,
    artefact_of,
    attempts_of,
    best_runs,
    changes_between,
    diff_of,
    grades_of,
    labs_tried,
    run_events,
    run_for,
    runs_of,
)
from labs.selectors.traces import figures_of, graded_before, run_events_of, runs_with_curves

__all__ = [
    "EVENTS_AT_ONCE",
    "PastGrade",
    "Turn",
    "artefact_of",
    "attempts_of",
    "best_runs",
    "board",
    "changes_between",
    "class_figures",
    "comparison_of",
    "diff_of",
    "fetch_of",
    "figures_of",
    "graded_before",
    "grades_of",
    "is_anonymous",
    "lab",
    "labs",
    "labs_tried",
    "queue_position",
    "queue_positions",
    "regrading",
    "regradings_of",
    "room_for",
    "run_events",
    "run_events_of",
    "run_for",
    "runs_at_work",
    "runs_of",
    "runs_with_curves",
    "turn_of",
    "turns_of",
]
