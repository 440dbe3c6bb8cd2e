"""What a run's page shows, worked out from the run row and what its reads give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs import selectors
from labs.domain.runs import State
from labs.web import run_words
from labs.web.curves_view import CurveChoice, Curves, curves_of
from labs.web.figures import Picture, pictures
from labs.web.lab_view import is_live
from labs.web.live_view import Live, live_view
from labs.web.result_view import Result, result_view
from labs.web.usage_view import usage_of
from studyhub.base.curves import Panel


@dataclass(frozen=True)
class Ending:
    """Why a run has no grade, and what to do now."""

    was_stopped: bool
    message: str
    detail: str
    advice: str


@dataclass(frozen=True)
class RunView:
    """One of `way`, `result` and `ending` is set: on its way, graded, ended without a grade."""

    headline: str
    live: bool
    stopping: bool
    after: int
    events_url: str
    curves: Curves
    usage: Sequence[Panel]
    dropped: Sequence[Mapping[str, Any]]
    pictures: Sequence[Picture]
    related: Sequence[Mapping[str, str]]
    way: Live | None = None
    result: Result | None = None
    ending: Ending | None = None


def run_view(
    run: Any, choice: CurveChoice, *, related: Sequence[Mapping[str, str]], now: datetime
) -> RunView:
    """Whoever follows the events goes on after `after`: the page has all up to there.

    The run must have been read before: what is written meanwhile is shown again, never missed.
    """
    live = is_live(run)
    curves = curves_of(run, choice)
    way, result, ending = None, None, None
    if live:
        way = live_view(run, now=now)
    elif getattr(run, "grade", None) is not None and not run.error:
        result = result_view(run, curves.panels)
    else:
        ending = _ending(run)
    return RunView(
        headline=run_words.headline(run.pk, run.state),
        live=live,
        stopping=live and run.cancel_requested_at is not None,
        after=run.last_seq,
        events_url=f"/api/v1/runs/{run.pk}/events/",
        curves=curves,
        usage=usage_of(run),
        dropped=run.submission.dropped,
        pictures=pictures(run.pk, selectors.figures_of(run.pk)),
        related=related,
        way=way,
        result=result,
        ending=ending,
    )


def _ending(run: Any) -> Ending:
    error = run.error or {}
    kind = str(error.get("kind", ""))
    stopped = State(run.state) is State.CANCELLED
    advice = run_words.advice("stopped" if stopped else kind or _KINDS.get(run.state, ""))
    # A single line is a sentence that says what to do; more is a traceback or an excerpt.
    detail = str(error.get("detail", "")).strip("\n")
    is_trace = "\n" in detail
    if _said_by(error, detail):
        detail = ""
    own = _ENDINGS.get(State(run.state), "This run has no grade.")
    return Ending(
        was_stopped=stopped,
        message=own if stopped else error.get("message") or own,
        detail=detail if is_trace else "",
        advice=" ".join(filter(None, ("" if is_trace or stopped else detail, advice))),
    )


def _said_by(error: Mapping[str, Any], detail: str) -> bool:
    """Whether the detail is a line that the message holds already, such as the exception's own."""
    return "\n" not in detail and detail.strip() in str(error.get("message", ""))


_ENDINGS = {
    State.CANCELLED: "This run was stopped.",
    State.TIMED_OUT: "The run took longer than this lab allows.",
    State.ERRORED: "This run ended without a grade.",
}
_KINDS = {"timed_out": "out_of_time"}
