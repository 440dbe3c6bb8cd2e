"""How many runs one learner may have waiting, and start in a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

DAY = timedelta(hours=24)
# Over all labs together: one learner cannot fill the queue, by accident or not.
MAX_LIVE_RUNS = 20


@dataclass(frozen=True)
class Quota:
    """For one learner in one lab. waiting: live runs at once; per_day: started in any 24 hours.

    None means no such limit.
    """

    waiting: int | None
    per_day: int | None

    @classmethod
    def of_lab(cls, own: Mapping[str, Any], *, waiting: int, per_day: int) -> Self:
        """What `[quota]` in the lab's file says; the site's figures where it is silent."""
        return cls(own.get("waiting", waiting), own.get("per_day", per_day))

    def to_json(self) -> dict[str, int]:
        """What a lab says of its own: `of_lab` reads it."""
        said = {"waiting": self.waiting, "per_day": self.per_day}
        return {name: most for name, most in said.items() if most is not None}


@dataclass(frozen=True)
class Room:
    """How a learner stands in a lab: live runs, runs of the last 24 hours, and the quota.

    `free_at`: when another run may be started; None where that is now, or hangs on a run's end.
    """

    quota: Quota
    live: int
    today: int
    free_at: datetime | None = None

    @property
    def waits_for_an_end(self) -> bool:
        return self.quota.waiting is not None and self.live >= self.quota.waiting

    @property
    def day_is_used_up(self) -> bool:
        return self.quota.per_day is not None and self.today >= self.quota.per_day

    @property
    def closed(self) -> bool:
        """The lab takes no runs of anybody with a limit a day."""
        return self.quota.per_day == 0

    @property
    def open(self) -> bool:
        return not self.waits_for_an_end and not self.day_is_used_up


def room(quota: Quota, *, live: int, started: Sequence[datetime], now: datetime) -> Room:
    """`started`: when the runs that count were handed in; older ones than 24 hours are ignored."""
    recent = sorted(time for time in started if time > now - DAY)
    free_at = None
    if quota.per_day is not None and len(recent) >= quota.per_day:
        # The window is open again once one fewer than the quota lies in it.
        free_at = recent[len(recent) - quota.per_day] + DAY if quota.per_day else None
    return Room(quota, live, len(recent), free_at)


def in_words(seconds: float) -> str:
    """A time to wait, rounded up to minutes: "1 minute", "3 h 20 min"."""
    minutes = max(1, -(-int(seconds) // 60))
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
