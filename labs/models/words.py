"""The words a column may hold."""

from collections.abc import Iterable

from labs.domain.runs import State


def choices(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(value), str(value).replace("_", " ")) for value in values]


def names(states: Iterable[State]) -> list[str]:
    return sorted(str(state) for state in states)
