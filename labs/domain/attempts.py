"""A run's attempts, read off its own history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labs.domain.events import NumberedEvent
from labs.domain.runs import State, is_final


@dataclass(frozen=True)
class Attempt:
    """One worker's hold on a run. `reached` is the last phase that it entered.

    `ended_at` is None while it lasts; `why` says why it ended where the run waits again.
    """

    number: int
    began_at: datetime
    reached: State
    ended_at: datetime | None = None
    ended_as: State | None = None
    why: str = ""


def attempts(events: Iterable[NumberedEvent]) -> list[Attempt]:
    """From a run's events of kind `state`, in order. A run that never left the queue has none."""
    found: list[Attempt] = []
    for event in events:
        state = State(event.data["state"])
        if state is State.CLAIMED:
            found.append(Attempt(len(found) + 1, event.at, state))
        elif found and found[-1].ended_at is None:
            last = found.pop()
            over = state is State.QUEUED or is_final(state)
            found.append(
                Attempt(
                    last.number,
                    last.began_at,
                    last.reached if over else state,
                    event.at if over else None,
                    state if over else None,
                    str(event.data.get("message", "")) if over else "",
                )
            )
    return found
