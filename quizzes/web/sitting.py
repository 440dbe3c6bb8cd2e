"""What one sitting of reviews did so far: for the progress line, undo and the summary.

It lives in the browser's session and is only a convenience: the truth is the event log.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from studyhub.base import words

KEY = "sitting"
PAUSE = timedelta(minutes=45)  # a longer one begins a new sitting
REMEMBERED = 40
NAMES = {1: "Again", 2: "Hard", 3: "Good", 4: "Easy"}
A_CARD = 15.0  # seconds, before the learner's own pace is known


@dataclass
class Sitting:
    """`acts` are the last things done, newest last, each {"event", "said", "prompt", "rating"}."""

    started: str
    last: str
    done: int = 0
    missed: list[str] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""

    @classmethod
    def of(cls, request: HttpRequest, now: datetime) -> "Sitting":
        stored = request.session.get(KEY)
        if stored is not None and now - datetime.fromisoformat(stored["last"]) < PAUSE:
            return cls(**stored)
        return cls(started=now.isoformat(), last=now.isoformat())

    def keep(self, request: HttpRequest) -> None:
        request.session[KEY] = asdict(self)

    def rated(
        self, event: UUID | None, prompt: str, rating: int, due: datetime | None, now: datetime
    ) -> None:
        if any(act["event"] == str(event) for act in self.acts):
            return
        here = timezone.localtime(now)
        when = f" Back {words.due(timezone.localtime(due), here)}." if due is not None else ""
        self.done += 1
        self.last = now.isoformat()
        if rating == 1:
            self.missed.append(prompt)
        self._act(str(event), f"Rated “{NAMES[rating]}”.{when}", prompt, rating)

    def marked(self, event: str, said: str) -> None:
        if not any(act["event"] == event for act in self.acts):
            self._act(event, said, "", 0)

    def is_last(self, event: str) -> bool:
        return bool(self.acts) and self.acts[-1]["event"] == event

    def taken_back(self, something: bool) -> None:
        act = self.acts.pop()
        self.said = "Taken back. The card is here again." if something else "Nothing to take back."
        if act["rating"]:
            self.done = max(0, self.done - 1)
        if act["rating"] == 1 and act["prompt"] in self.missed:
            self.missed.reverse()
            self.missed.remove(act["prompt"])
            self.missed.reverse()

    def context(self) -> dict[str, Any]:
        last = self.acts[-1] if self.acts else None
        return {
            "said": self.said,
            "can_undo": last is not None,
            "undo_event": last and last["event"],
        }

    def pace(self) -> float:
        """Seconds that a card took so far, between 5 and 60."""
        if self.done < 3:
            return A_CARD
        return min(60.0, max(5.0, self.seconds() / self.done))

    def seconds(self) -> float:
        span = datetime.fromisoformat(self.last) - datetime.fromisoformat(self.started)
        return span.total_seconds()

    def _act(self, event: str, said: str, prompt: str, rating: int) -> None:
        self.said = said
        self.acts.append({"event": event, "said": said, "prompt": prompt, "rating": rating})
        del self.acts[:-REMEMBERED]
