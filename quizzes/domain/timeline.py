"""Which scheduling settings were in force when, folded from a learner's `parameters` events."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from quizzes.domain.events import Kind, Order, ReviewEvent, SchedulingChange
from quizzes.domain.scheduler import CHAPTERS_MAX, DEFAULT_SCHEDULING, Scheduling


@dataclass(frozen=True)
class Timeline:
    """Settings in the order they came into force; before the first, the defaults."""

    orders: tuple[Order, ...] = ()
    settings: tuple[Scheduling, ...] = ()

    @property
    def newest(self) -> Scheduling:
        return self.settings[-1] if self.settings else DEFAULT_SCHEDULING

    def at(self, order: Order) -> Scheduling:
        """The settings in force for an event of this order."""
        position = bisect_left(self.orders, order)
        return self.settings[position - 1] if position else DEFAULT_SCHEDULING


ALWAYS_DEFAULT = Timeline()


def timeline(events: Iterable[ReviewEvent]) -> Timeline:
    """From a learner's `parameters` events and their voids, in any order, repeated or not."""
    by_id = {event.id: event for event in events}
    voided = {event.target for event in by_id.values() if event.kind is Kind.VOID}
    in_force = sorted(
        (e for e in by_id.values() if e.kind is Kind.PARAMETERS and e.id not in voided),
        key=lambda event: event.order,
    )
    settings: list[Scheduling] = []
    current = DEFAULT_SCHEDULING
    for event in in_force:
        if event.scheduling is not None:
            current = changed(current, event.scheduling)
        settings.append(current)
    return Timeline(tuple(event.order for event in in_force), tuple(settings))


def first_difference(one: Timeline, other: Timeline) -> Order | None:
    """The order of the first change from which the two give other settings; None where never."""
    for order in sorted({*one.orders, *other.orders}):
        # An event of this very order is still under the settings before it.
        after = (*order[:3], UUID(int=min(order[3].int + 1, 2**128 - 1)))
        if one.at(after) != other.at(after):
            return order
    return None


def changed(scheduling: Scheduling, change: SchedulingChange) -> Scheduling:
    """`scheduling` with what `change` sets; raises ValueError where a value is out of bounds."""
    names = {"parameters": "weights", "scheduler_version": "version"}
    given: dict[str, Any] = {
        names.get(field.name, field.name): getattr(change, field.name)
        for field in fields(change)
        if getattr(change, field.name) is not None
    }
    if change.chapter_retention is not None:
        merged = {**dict(scheduling.chapter_retention), **dict(change.chapter_retention)}
        kept = sorted((slug, value) for slug, value in merged.items() if value is not None)
        # Whatever is stored must fold, so too many are cut rather than refused.
        given["chapter_retention"] = tuple(kept[:CHAPTERS_MAX])
    return replace(scheduling, **given)
