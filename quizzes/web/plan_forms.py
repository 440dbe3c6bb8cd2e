"""Reads the plan's forms; what cannot be read is left for the rules to refuse in words."""

from datetime import date
from typing import Any

from django.http import QueryDict

from quizzes.domain.errors import PlanInvalid

#: What the form of a weekday offers: share and words.
SHARES = (
    ("1", "A full day"),
    ("0.75", "Three quarters"),
    ("0.5", "Half"),
    ("0.25", "A quarter"),
    ("0", "No reviews"),
)


def settings_in(form: QueryDict) -> dict[str, Any]:
    return {
        "new_per_day": _whole(form, "new_per_day"),
        "reviews_per_day": _whole(form, "reviews_per_day"),
        "new_order": form.get("new_order", ""),
        "easy_days": [_number(text) for text in form.getlist("easy_day")],
        "balance": form.get("balance") == "on",
    }


def exam_in(form: QueryDict) -> dict[str, Any]:
    return {
        "title": form.get("title", "").strip() or "Exam",
        "day": _day(form, "day"),
        "chapters": form.getlist("chapter"),
        "retention": _number(form.get("retention", "")) / 100,
    }


def break_in(form: QueryDict) -> dict[str, Any]:
    return {"first_day": _day(form, "first_day"), "last_day": _day(form, "last_day")}


def backlog_in(form: QueryDict) -> dict[str, Any]:
    return {"a_day": _whole(form, "a_day")}


def _day(form: QueryDict, name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        what = name.replace("_", " ")
        raise PlanInvalid(
            "A day is missing.",
            cure=f"Choose the {what}, such as 2027-02-01.",
            errors={name: ["choose a day"]},
        ) from None


def _whole(form: QueryDict, name: str) -> int:
    text = form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
