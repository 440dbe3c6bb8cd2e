"""What a row of the card list says."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from quizzes.web.inputs import NAMES
from studyhub.base import clock, words
from studyhub.base.words import counted

STATES = {
    "new": "New",
    "learning": "Learning",
    "relearning": "Relearning",
    "suspended": "Suspended",
    "buried": "Put off until tomorrow",
    "deleted": "Deleted",
}


def row_context(row: Any) -> dict[str, Any]:
    facts = [_state(row)]
    if row.lapses:
        facts.append(f"forgotten {counted(row.lapses, 'time')}")
    if row.leech:
        facts.append("rewording may help")
    return {
        "id": row.prompt,
        "text": row.text or "A card without words",
        "kind": NAMES.get(row.kind, "Question"),
        "own": row.own,
        "place": row.place,
        "place_url": reverse("chapter", args=(row.chapter,))
        if row.chapter
        else reverse("deck", args=(row.deck,)),
        "edit_url": reverse("card-edit", args=(row.prompt,)) if row.own else "",
        "tags": row.tags,
        "facts": ", ".join(facts),
        "flag": row.flag,
        "deleted": row.state == "deleted",
    }


def _state(row: Any) -> str:
    if row.state in STATES:
        return STATES[row.state]
    if row.due is None:
        return "Review"
    here = timezone.localtime(clock.now())
    due = words.due(timezone.localtime(row.due), here)
    return "Due now" if due == "now" else f"Due {due}"
