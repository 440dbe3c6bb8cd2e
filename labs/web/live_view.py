"""A run on its way: whose turn it is, its phase, how far it is, and its last lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from labs import selectors
from labs.domain.runs import State
from labs.web import run_words
from labs.web.run_words import PhaseStep
from studyhub.base.words import counted, took

LOG_LINES = 200
# A worker that is there takes the next run within a second or two.
_SLOW = timedelta(minutes=2)
# Below this an estimate promises more than it knows.
_FEW_SECONDS = 10.0
# Earlier than this an estimate jumps about.
_EARLIEST_SHARE, _EARLIEST_SECONDS = 0.03, 2.0


@dataclass(frozen=True)
class Progress:
    """`began` is when the phase began, for the script's own estimate."""

    done: str
    total: str
    left: str
    began: str


@dataclass(frozen=True)
class Live:
    phases: Sequence[PhaseStep]
    phase_name: str
    waiting: str
    note: str
    spent: str
    progress: Progress | None
    log: str


def live_view(run: Any, *, now: datetime) -> Live:
    # What came after the row was read belongs to the next look: a line must not stand there twice,
    # and an end must not be told of a run that is shown on its way.
    states = selectors.run_events_of(run.pk, "state", until=run.last_seq)
    began = states[-1].at if states else run.created_at
    steps = run_words.phase_steps(run.state)
    lines = selectors.run_events_of(run.pk, "log", newest=LOG_LINES, until=run.last_seq)
    return Live(
        phases=steps,
        phase_name=next(step.name for step in steps if step.now),
        waiting=_waiting(run, now=now) if run.state == State.QUEUED else "",
        note=_note(run, [str(event.data.get("message", "")) for event in states]),
        spent=_spent(run, began=began, now=now),
        progress=_progress(run, began=began, now=now),
        log="\n".join(str(event.data.get("line", "")).rstrip("\n") for event in lines),
    )


def _waiting(run: Any, *, now: datetime) -> str:
    turn = selectors.turn_of(run, now=now)
    position = turn.position if turn else 0
    at_work = selectors.runs_at_work(run.device)
    if not position and not at_work and now - run.created_at > _SLOW:
        return (
            "No run is ahead of yours, and still no worker has taken it. "
            "Whoever runs this site should look at `manage.py doctor`."
        )
    said = ahead_words(position, at_work, "yours")
    if turn and turn.wait is not None:
        said += f" {_wait_words(turn.wait)} to your grade."
    return said + " You may close this page; the run goes on."


def _wait_words(seconds: float) -> str:
    return "A few seconds" if seconds < _FEW_SECONDS else f"About {took(seconds)}"


def ahead_words(waiting: int, at_work: int, whose: str) -> str:
    """ "2 runs are ahead of yours, and 1 is being worked on." """
    if not waiting and not at_work:
        return f"No run is ahead of {whose}."
    if not waiting:
        said = f"{_are(counted(at_work, 'run'), at_work)} being worked on"
        return f"{said}; none waits ahead of {whose}."
    said = f"{_are(counted(waiting, 'run'), waiting)} ahead of {whose}"
    return f"{said}, and {_are(str(at_work), at_work)} being worked on." if at_work else f"{said}."


def _are(what: str, count: int) -> str:
    return f"{what} {'is' if count == 1 else 'are'}"


def _note(run: Any, messages: Sequence[str]) -> str:
    """Why the run waits again, once a worker lost it."""
    lost = next((message for message in reversed(messages) if message), "")
    if not lost or run.attempt < 1:
        return ""
    begun = run.attempt + 1 if run.state == State.QUEUED else run.attempt
    return f"{lost} Nothing is lost but time: this is attempt {begun}."


def _spent(run: Any, *, began: datetime, now: datetime) -> str:
    """ "28 s so far; this lab allows 5 min." for the two phases that have a limit."""
    limits = {State.TRAINING: "train_seconds", State.PREDICTING: "predict_seconds"}
    limit = run.lab.limits.get(limits.get(State(run.state), ""))
    if limit is None:
        return ""
    seconds = max(0.0, (now - began).total_seconds())
    return f"{took(seconds)} so far; this lab allows {took(limit)}."


def _progress(run: Any, *, began: datetime, now: datetime) -> Progress | None:
    known = run.progress or {}
    if not known.get("total"):
        return None
    done, total = float(known.get("done") or 0), float(known["total"])
    newest = selectors.run_events_of(run.pk, "progress", newest=1)
    at = newest[-1].at if newest else now
    return Progress(
        f"{done:g}", f"{total:g}", time_left(done, total, at - began), began.isoformat()
    )


def time_left(done: float, total: float, spent: timedelta) -> str:
    """ "about 20 s left" if it goes on at this pace; nothing while that is a guess."""
    seconds = spent.total_seconds()
    if done <= 0 or done / total < _EARLIEST_SHARE or seconds < _EARLIEST_SECONDS or done >= total:
        return ""
    left = seconds * (total - done) / done
    return "a few seconds left" if left < _FEW_SECONDS else f"about {took(left)} left"
