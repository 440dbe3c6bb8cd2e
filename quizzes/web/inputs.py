"""Between a prompt's form fields and the answers that the domain grades."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from content.format.plain import plain_text

NAMES = {
    "basic": "Question",
    "cloze": "Fill the gap",
    "choice": "Choose one",
    "multiple": "Choose all that are right",
    "numeric": "Number",
    "short": "In a few words",
    "ordering": "Put in order",
    "code": "Read the code",
}
# Kinds whose card takes an answer before it shows the right one; the rest are told from memory.
ASKS = frozenset({"choice", "multiple", "numeric", "short", "ordering"})
PLACE = "place-"


def given_in(kind: str, post: QueryDict, prompt: Any) -> Any:
    """The answer in a posted form, in the form that `quizzes.domain.answers.check` takes."""
    match kind:
        case "multiple":
            return post.getlist("answer")
        case "cloze":
            return post.getlist("answer")
        case "ordering":
            return _ordered(post, [choice["id"] for choice in prompt.choices])
        case _:
            return post.get("answer", "").strip()


def _ordered(post: QueryDict, ids: Sequence[str]) -> list[str]:
    """Ids by the place they were given; without a place each once, an id is left out, so that the
    domain says what is missing."""
    places = {id_: _place(post.get(f"{PLACE}{id_}", "")) for id_ in ids}
    taken = list(places.values())
    fair = [id_ for id_, place in places.items() if place and taken.count(place) == 1]
    return sorted(fair, key=lambda id_: places[id_])


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def field_context(
    prompt: Any,
    given: Any = None,
    *,
    choices: Sequence[Mapping[str, str]] | None = None,
    unit: str | None = None,
    gaps: int | None = None,
) -> dict[str, Any]:
    """What the input templates need before an answer, or again after one of the wrong form."""
    answer = getattr(prompt, "answer", None)
    stored = answer if isinstance(answer, Mapping) else {}
    shown = list(prompt.choices if choices is None else choices)
    chosen = given if isinstance(given, list) else [given]
    count = len(stored.get("gaps", ())) if gaps is None else gaps
    return {
        "kind": prompt.kind,
        "rows": [
            {
                **choice,
                # A field's name in words: a formula alone is read as no name by some.
                "text": plain_text(choice["html"]),
                "chosen": choice["id"] in chosen,
                "place": chosen.index(choice["id"]) + 1 if choice["id"] in chosen else 0,
            }
            for choice in shown
        ],
        "places": range(1, len(shown) + 1),
        "unit": stored.get("unit", "") if unit is None else unit,
        "gaps": [
            {"number": n + 1, "given": chosen[n] if given and n < len(chosen) else ""}
            for n in range(count)
        ],
        "given_text": given if isinstance(given, str) else "",
    }


def verdict_context(
    kind: str,
    choices: Sequence[Mapping[str, str]],
    *,
    given: Any,
    expected: Any,
    notes: Mapping[str, str],
    correct: bool,
    message: str = "",
    unit: str = "",
) -> dict[str, Any]:
    """The answered form: what was given beside what is right, and the verdict's sentence."""
    right = expected if isinstance(expected, list) else [expected]
    chosen = given if isinstance(given, list) else [] if given is None else [given]
    rows = [
        {
            **choice,
            "chosen": choice["id"] in chosen,
            "right": choice["id"] in right,
            "why_html": notes.get(choice["id"], ""),
        }
        for choice in choices
    ]
    if kind == "ordering":
        rows = _in_right_order(rows, right, chosen)
    return {
        "kind": kind,
        "rows": rows,
        "given_text": ", ".join(map(str, chosen)) if kind not in WITH_ROWS else bool(chosen),
        "verdict": {"correct": correct, "says": _says(kind, right, correct, message, unit)},
    }


WITH_ROWS = frozenset({"choice", "multiple", "ordering"})


def _in_right_order(
    rows: Sequence[Mapping[str, Any]], right: Sequence[str], chosen: Sequence[str]
) -> list[dict[str, Any]]:
    by_id = {row["id"]: row for row in rows}
    return [
        {
            **by_id[id_],
            "right": place < len(chosen) and chosen[place] == id_,
            "place": chosen.index(id_) + 1 if id_ in chosen else 0,
        }
        for place, id_ in enumerate(right)
        if id_ in by_id
    ]


def _says(kind: str, right: Sequence[Any], correct: bool, message: str, unit: str) -> str:
    if kind in WITH_ROWS or (correct and kind != "numeric"):
        return f"{message[0].upper()}{message[1:]}." if message else ""
    shown = [f"{value:,.10g}" if isinstance(value, int | float) else str(value) for value in right]
    words = ", ".join(shown) + (f" {unit}" if unit else "")
    lead = "They are" if len(shown) > 1 else "It is"
    return (
        f"{words}." if correct else f"{lead} {words}." + (f" You had {message}." if message else "")
    )
