"""Checks what a learner asks to plan; every refusal names all fields and what would do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any

from quizzes.domain.errors import PlanInvalid
from quizzes.domain.exam import AHEAD_MAX
from quizzes.domain.scheduler import RETENTION_MAX, RETENTION_MIN
from quizzes.domain.wording import storable
from studyhub.base.words import full_day

A_DAY_MAX = 9999
_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
TITLE_MAX, CHAPTERS_MAX = 100, 50
BREAK_DAYS_MAX, BREAK_AHEAD_MAX = 366, 731
#: So many of each may lie ahead at once; each costs a look at all cards when they are tended.
PLANS_MAX = 20
NEW_ORDERS = ("course", "mixed", "random")
_SPOKEN = {
    "new_per_day": "New cards a day",
    "reviews_per_day": "Reviews a day",
    "new_order": "The order of new cards",
    "balance": "Evening out the days",
    "easy_days": "Easy days",
    "title": "The name",
    "day": "The day of the exam",
    "chapters": "Chapters",
    "retention": "How well you want to know it",
    "first_day": "The first day",
    "last_day": "The last day",
}


@dataclass(frozen=True)
class PlanSettings:
    """What every study day is held to; see UserMemory for the meaning of each."""

    new_per_day: int
    reviews_per_day: int
    new_order: str
    easy_days: tuple[float, ...]
    balance: bool


def checked_settings(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in `changes`, ready to be stored; names that are no settings are left out.

    Raises PlanInvalid with every problem by field.
    """
    problems: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for name in ("new_per_day", "reviews_per_day"):
        if name in changes:
            value = changes[name]
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= A_DAY_MAX:
                problems[name] = [f"must be a whole number from 0 to {A_DAY_MAX}"]
            found[name] = value
    if "new_order" in changes:
        if changes["new_order"] not in NEW_ORDERS:
            problems["new_order"] = [f"must be one of {', '.join(NEW_ORDERS)}"]
        found["new_order"] = changes["new_order"]
    if "balance" in changes:
        if not isinstance(changes["balance"], bool):
            problems["balance"] = ["must be true or false"]
        found["balance"] = changes["balance"]
    if "easy_days" in changes:
        if not _is_week(changes["easy_days"]):
            problems["easy_days"] = ["must be seven shares from 0 to 1, Monday first"]
        elif not any(changes["easy_days"]):
            problems["easy_days"] = ["leave at least one weekday for reviews; plan a break instead"]
        else:
            found["easy_days"] = [float(share) for share in changes["easy_days"]]
    if problems:
        raise PlanInvalid("These settings cannot be kept.", cure=_first(problems), errors=problems)
    return found


def check_exam(
    *, title: str, day: date, chapters: Sequence[str], retention: float, today: date
) -> None:
    """Raises PlanInvalid unless this can be planned at all; whether it can be kept is another
    question (quizzes.domain.exam)."""
    problems: dict[str, list[str]] = {}
    if not 0 < len(title) <= TITLE_MAX or not storable(title) or not title.strip():
        problems["title"] = [f"must be a name of 1 to {TITLE_MAX} characters"]
    if not today < day <= today + timedelta(days=AHEAD_MAX):
        latest = today + timedelta(days=AHEAD_MAX)
        problems["day"] = [f"must lie after today and by {latest}"]
    if not 0 < len(chapters) <= CHAPTERS_MAX:
        problems["chapters"] = [f"choose 1 to {CHAPTERS_MAX} chapters"]
    if not isfinite(retention) or not RETENTION_MIN <= retention <= RETENTION_MAX:
        problems["retention"] = [f"must lie between {RETENTION_MIN:.0%} and {RETENTION_MAX:.0%}"]
    if problems:
        raise PlanInvalid("This exam cannot be planned.", cure=_first(problems), errors=problems)


def check_break(
    *, first: date, last: date, today: date, others: Sequence[tuple[date, date]] = ()
) -> None:
    """Raises PlanInvalid unless these days can be taken off; `others` are the planned breaks."""
    problems: dict[str, list[str]] = {}
    if first < today:
        problems["first_day"] = ["must be today or later"]
    if last < first:
        problems["last_day"] = ["must not lie before the first day"]
    elif (last - first).days >= BREAK_DAYS_MAX:
        problems["last_day"] = [f"a break takes at most {BREAK_DAYS_MAX} days"]
    elif last > today + timedelta(days=BREAK_AHEAD_MAX):
        problems["last_day"] = ["must lie within two years"]
    met = [other for other in others if other[0] <= last and first <= other[1]]
    if met and not problems:
        begins, ends = met[0]
        problems["first_day"] = [f"meets your break from {begins} to {ends}; end that one first"]
    if problems:
        raise PlanInvalid("This break cannot be planned.", cure=_first(problems), errors=problems)


def check_pace(a_day: int) -> None:
    if not 1 <= a_day <= A_DAY_MAX:
        raise PlanInvalid(
            "The backlog cannot be spread.",
            cure=f"Choose 1 to {A_DAY_MAX} reviews a day.",
            errors={"a_day": [f"must be a whole number from 1 to {A_DAY_MAX}"]},
        )


def _is_week(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) == 7
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        and all(isfinite(share) and 0 <= share <= 1 for share in value)
    )


def _first(problems: Mapping[str, list[str]]) -> str:
    """The first problem for people, who know a form and not the names of its fields, nor read
    days as programs do."""
    name, [problem, *_] = next(iter(problems.items()))
    problem = _ISO_DAY.sub(lambda day: full_day(date.fromisoformat(day[0])), problem)
    return f"{_SPOKEN.get(name, name)}: {problem}."


def check_room(ahead: int, what: str) -> None:
    """Raises PlanInvalid where the learner has as many plans of a kind as there may be."""
    if ahead >= PLANS_MAX:
        raise PlanInvalid(
            f"{PLANS_MAX} {what} are planned already.", cure="Cancel one of them first."
        )
