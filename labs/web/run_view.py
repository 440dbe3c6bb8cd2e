"""What a run's page shows, worked out from the run row and its events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.domain.events import NumberedEvent
from labs.domain.grades import Grade
from labs.domain.runs import State
from labs.web import run_words
from labs.web.bar import bar_of, drawn, verdict_words
from labs.web.feedback import Confusion, Worst, confusion_of, worst_of
from labs.web.figures import Picture, pictures
from labs.web.lab_view import is_live, metric_value
from studyhub.base.curves import Panel, Series, panels
from studyhub.base.words import counted, took

LOG_LINES = 200
OWN_CURVES = "As your code logs it. It is yours to look at and never counts for the grade."


@dataclass(frozen=True)
class RunView:
    headline: str
    live: bool
    stopping: bool
    after: int
    events_url: str
    phases: list[run_words.PhaseStep] = field(default_factory=list)
    phase_name: str = ""
    waiting: str = ""
    progress: Mapping[str, Any] | None = None
    log: str = ""
    panels: list[Panel] = field(default_factory=list)
    curve_note: str = OWN_CURVES
    graded: bool = False
    value: str = ""
    verdict: str = ""
    sentence: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    bar_svg: str = ""
    flagged: bool = False
    confusion: Confusion | None = None
    worst: list[Worst] = field(default_factory=list)
    was_stopped: bool = False
    error_message: str = ""
    error_detail: str = ""
    advice: str = ""
    related: list[Mapping[str, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def run_view(
    run: Any,
    events: Sequence[NumberedEvent],
    *,
    position: int | None,
    wait: float | None,
    related: list[Mapping[str, str]],
) -> RunView:
    live = is_live(run)
    shown: dict[str, Any] = {
        "headline": run_words.headline(run.pk, run.state),
        "live": live,
        "stopping": live and run.cancel_requested_at is not None,
        "after": max((event.seq for event in events), default=0),
        "events_url": f"/api/v1/runs/{run.pk}/events/",
        "panels": panels(series_of(events)),
        "related": related,
        "pictures": pictures(run.pk, events),
    }
    grade = getattr(run, "grade", None)
    if live:
        shown |= _live(run, events, position, wait)
    elif grade is not None and not run.error:
        shown |= _graded(run, grade, shown["panels"])
    else:
        shown |= _ended(run)
    return RunView(**shown)


def series_of(events: Iterable[NumberedEvent]) -> list[Series]:
    """Metric points as lines, in the order in which their names first came."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in events:
        if event.kind != "metric":
            continue
        step = event.data.get("step")
        for name, value in event.data.items():
            if name == "step" or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            at = step if isinstance(step, int | float) else len(points[name])
            points[name].append((float(at), float(value)))
    return [Series(name, tuple(sorted(line))) for name, line in points.items()]


def _live(
    run: Any, events: Sequence[NumberedEvent], position: int | None, wait: float | None
) -> dict[str, Any]:
    steps = run_words.phase_steps(run.state)
    waiting = ""
    if position is not None:
        ahead = counted(position, "run") if position else "No run"
        waiting = f"{ahead} {'is' if position == 1 or not position else 'are'} ahead of yours."
        if wait is not None:
            waiting += f" About {took(wait)} to your grade."
    lines = [str(event.data.get("line", "")) for event in events if event.kind == "log"]
    progress = None
    if run.progress and run.progress.get("total"):
        progress = {name: f"{float(run.progress[name]):g}" for name in ("done", "total")}
    return {
        "phases": steps,
        "phase_name": next(step.name for step in steps if step.now),
        "waiting": waiting,
        "progress": progress,
        "log": "\n".join(line.rstrip("\n") for line in lines[-LOG_LINES:]),
    }


def _graded(run: Any, grade: Any, curves: Sequence[Panel]) -> dict[str, Any]:
    value = metric_value(grade.metrics, grade.thresholds)
    bar = bar_of(grade.thresholds, run.lab.spread, value)
    final = int(grade.hidden.get("final", 0))
    top = grade.grade == Grade.EXCELLENT
    sentences = [] if top else [run_words.curve_sentence(curves)]
    if value is not None:
        sentences.insert(0, run_words.wrong_sentence(bar, value, final))
    return {
        "graded": True,
        "value": bar.words(value) if value is not None else "",
        "verdict": verdict_words(bar, grade.grade, value) if value is not None else grade.grade,
        "sentence": " ".join(filter(None, sentences)),
        "facts": _facts(run, grade),
        "bar_svg": drawn(bar, grade.thresholds),
        "flagged": grade.flagged,
        "confusion": confusion_of(grade.feedback),
        "worst": worst_of(grade.feedback, run.pk),
    }


def _facts(run: Any, grade: Any) -> list[tuple[str, str]]:
    seconds = run.seconds
    found = [("Score", f"{grade.score:.0f} of 100")]
    found += [(word, took(seconds[key])) for key, word in _TIMES if key in seconds]
    if run.peak_memory_mb:
        found.append(("Memory", f"{run.peak_memory_mb:,.0f} MB at most"))
    weakest = confusion_of(grade.feedback)
    if weakest is not None and weakest.weakest:
        found.append(("Weakest", weakest.weakest))
    hidden = grade.hidden
    if hidden.get("final"):
        feedback = f", {hidden['feedback']:,} more for feedback" if hidden.get("feedback") else ""
        found.append(("Graded on", f"{hidden['final']:,} hidden examples{feedback}"))
    found += [("Ran in", run.sandbox)] if run.sandbox else []
    return found


_TIMES = (("train", "Train"), ("predict", "Predict"))


def _ended(run: Any) -> dict[str, Any]:
    error = run.error or {}
    kind = str(error.get("kind", ""))
    stopped = State(run.state) is State.CANCELLED
    advice = run_words.advice("stopped" if stopped else kind or _KINDS.get(run.state, ""))
    # A single line is a sentence that says what to do; more is a traceback or an excerpt.
    detail = str(error.get("detail", "")).strip("\n")
    is_trace = "\n" in detail
    own = _ENDINGS.get(State(run.state), "This run has no grade.")
    message = own if stopped else error.get("message") or own
    return {
        "was_stopped": stopped,
        "error_message": message,
        "error_detail": detail if is_trace else "",
        "advice": " ".join(filter(None, ("" if is_trace or stopped else detail, advice))),
    }


_ENDINGS = {
    State.CANCELLED: "You stopped this run.",
    State.TIMED_OUT: "The run took longer than this lab allows.",
    State.ERRORED: "This run ended without a grade.",
}
_KINDS = {"timed_out": "out_of_time"}
