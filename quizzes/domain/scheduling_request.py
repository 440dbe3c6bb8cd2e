"""Checks the scheduling settings that a learner asks for; a refusal names every field."""

from collections.abc import Collection, Mapping
from typing import Any

from quizzes.domain.errors import SchedulingInvalid
from quizzes.domain.events import SchedulingChange
from quizzes.domain.scheduler import DEFAULT_SCHEDULING, INTERVAL_MAX, Scheduling
from quizzes.domain.timeline import changed

STEPS_MAX = 20
_MEANS = {
    "desired_retention": "must be a share from 0.7 to 0.99",
    "maximum_interval": f"must be a whole number of days from 1 to {INTERVAL_MAX}",
    "learning_steps": f"must be at most {STEPS_MAX} steps from 1 second to 12 hours",
    "relearning_steps": f"must be at most {STEPS_MAX} steps from 1 second to 12 hours",
    "chapter_retention": "must be shares from 0.7 to 0.99 by chapter, or null",
}
#: The same for people, who know the form and not the names of its fields.
_CURES = {
    "desired_retention": "Choose a share from 70 % to 99 %.",
    "maximum_interval": f"Give the longest interval in days, from 1 to {INTERVAL_MAX:,}.",
    "learning_steps": f"Give a new card at most {STEPS_MAX} steps from 1 second to 12 hours.",
    "relearning_steps": f"Give a forgotten card at most {STEPS_MAX} steps, up to 12 hours each.",
    "chapter_retention": "Choose a share from 70 % to 99 % for each chapter, or as for all.",
}


def settings_of(scheduling: Scheduling) -> dict[str, Any]:
    """The settings that a learner can choose, in JSON types; steps are seconds."""
    return {
        "desired_retention": scheduling.desired_retention,
        "maximum_interval": scheduling.maximum_interval,
        "learning_steps": list(scheduling.learning_steps),
        "relearning_steps": list(scheduling.relearning_steps),
        "chapter_retention": dict(scheduling.chapter_retention),
    }


def checked_change(
    asked: Mapping[str, Any], in_force: Scheduling, chapters: Collection[str]
) -> dict[str, Any]:
    """The fields of a `parameters` event for what `asked` changes; empty where nothing.

    `chapters` are the slugs there are; a chapter that `asked` gives None goes back to the retention
    for all. Raises SchedulingInvalid with every problem by field.
    """
    problems = {
        name: [_MEANS[name]]
        for name, value in asked.items()
        if name in _MEANS and not _possible(name, value)
    }
    problems |= {
        name: [f"there is no such setting; there are {', '.join(_MEANS)}"]
        for name in asked
        if name not in _MEANS
    }
    unknown = set(asked.get("chapter_retention") or ()) - set(chapters)
    if unknown and "chapter_retention" not in problems:
        problems["chapter_retention"] = [f"there is no chapter {min(unknown)!r}"]
    if problems:
        name, [first, *_] = next(iter(problems.items()))
        raise SchedulingInvalid(
            "These settings cannot be kept.",
            cure=_CURES[name] if first == _MEANS[name] else f"{first[0].upper()}{first[1:]}.",
            errors=problems,
        )
    present = settings_of(in_force)
    fields = {
        name: value
        for name, value in asked.items()
        if name in _MEANS and name != "chapter_retention" and value != present[name]
    }
    own = present["chapter_retention"]
    moved = {
        slug: value
        for slug, value in (asked.get("chapter_retention") or {}).items()
        if own.get(slug) != value
    }
    return {**fields, "chapter_retention": moved} if moved else fields


def change_to_defaults(in_force: Scheduling) -> dict[str, Any]:
    """The fields of a `parameters` event that sets everything, weights included, to the defaults;
    empty where all are."""
    if in_force == DEFAULT_SCHEDULING:
        return {}
    fields = {**settings_of(DEFAULT_SCHEDULING), "parameters": list(DEFAULT_SCHEDULING.weights)}
    return {**fields, "chapter_retention": {slug: None for slug, _ in in_force.chapter_retention}}


def _possible(name: str, value: Any) -> bool:
    try:
        if name.endswith("_steps"):
            if len(value) > STEPS_MAX or not all(_whole(step) for step in value):
                return False
            value = tuple(value)
        elif name == "maximum_interval" and not _whole(value):
            return False
        elif name == "chapter_retention":
            value = tuple(value.items())
        changed(DEFAULT_SCHEDULING, SchedulingChange(**{name: value}))
    except (ValueError, TypeError, AttributeError):
        return False
    return value is not None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
