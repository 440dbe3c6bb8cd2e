"""How the study day's sitting is told: pace, what was done last, what undo would take back.

All of it is read from the log, so that any browser or device goes on where another stopped.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from quizzes import selectors
from quizzes.selectors.acts import Act, Sitting, last_acts
from quizzes.selectors.plans import days_off_ahead
from studyhub.base import words

A_CARD = 15.0  # seconds, before the learner's own pace is known
QUESTION_SHOWN = 80
A_DAY = timedelta(days=1)


def pace(sitting: Sitting) -> float:
    """Seconds that a card took so far today, between 5 and 60."""
    if sitting.done < 3 or not sitting.seconds:
        return A_CARD
    return min(60.0, max(5.0, sitting.seconds / sitting.done))


def undo_context(user: Any, now: datetime, *, undone: bool) -> dict[str, Any]:
    """What was done last, in words, and the event that undo would take back."""
    acts = last_acts(user, now=now)
    last = acts[0] if acts else None
    said = ""
    if undone:
        said = "Taken back. The card is here again."
    elif last is not None:
        cards = selectors.card_states(user, [last.prompt], now=now)
        said = told(last, cards, now, days_off_ahead(user, now=now))
    return {"said": said, "last": last, "undo_of": undone_words(last) if last else ""}


def told(act: Act, cards: Mapping[str, Any], now: datetime, breaks: Sequence[Any] = ()) -> str:
    """ "Rated “Good”. Back in 3 days." A due date in one of the `breaks` is moved past it when the
    next study day begins, so it is told as it will be."""
    card = cards.get(act.prompt)
    when = card.due if act.kind == "review" and card is not None else None
    if act.kind == "set_due":
        said = undone_words(act)
        return said if said[-1] in ".?!…" else f"{said}."
    if when is None:
        return f"{act.said}."
    day = timezone.localdate(when)
    ends = [rest.last for rest in breaks if day in rest]
    if ends and card.phase == "review":
        return f"{act.said}. Back after your break, from {words.day(max(ends) + A_DAY)} on."
    back = words.due(timezone.localtime(when), timezone.localtime(now))
    return f"{act.said}. Back {back}."


def undone_words(act: Act) -> str:
    """What undo takes back: "Rated “Good”, on: What is …"."""
    if act.cards > 1:
        return act.said
    question = act.question
    if len(question) > QUESTION_SHOWN:
        question = question[: QUESTION_SHOWN - 1].rstrip() + "…"
    return f"{act.said}, on: {question}" if question else act.said
