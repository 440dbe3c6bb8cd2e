"""A round as its address tells it: what is asked, of what, since when.

Beside rounds of practice these are the day's session held to one deck or to some chapters, which
has the address of the review.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from quizzes import selectors
from quizzes.domain.undo import CRAM, PREVIEW
from quizzes.selectors.practice import AHEAD_DAYS, AHEAD_DAYS_MAX, What, ahead, practice

#: Beside the rounds that leave the schedule alone, two that count: studying ahead, and what the
#: day's session has of the chapters or the deck.
AHEAD, TODAY = "early", "today"
NAMES = {
    What.ALL: "All cards",
    What.MISSED: "What you missed today",
    What.FLAGGED: "Flagged cards",
    What.AHEAD: "What comes due in the next days",
    What.NEW: "New cards, as a preview",
}
CHAPTERS_MAX = 50


@dataclass(frozen=True)
class Round:
    """`counts` where the answers change the schedule. `deck` is the slug of a deck of the
    learner's own, which then is asked alone; empty for none."""

    what: str
    chapters: tuple[str, ...]
    days: int
    since: datetime
    deck: str = ""

    @property
    def counts(self) -> bool:
        return self.what in (AHEAD, TODAY)

    @property
    def of_today(self) -> bool:
        return self.what == TODAY

    @property
    def mode(self) -> str:
        return PREVIEW if self.what == What.NEW else CRAM

    @property
    def title(self) -> str:
        if self.of_today:
            return "Review"
        return "Study ahead" if self.counts else NAMES[What(self.what)]

    @property
    def since_ms(self) -> int:
        return int(self.since.timestamp() * 1000)

    def query(self) -> str:
        return urlencode([("what", self.what), *self.fields()])

    def fields(self) -> list[tuple[str, str]]:
        """What its address says beside `what`; a form that asks for its page carries the same."""
        narrowed = [("deck", self.deck)] if self.deck else []
        narrowed += [("chapter", slug) for slug in self.chapters]
        if self.of_today:
            return narrowed
        return [("days", str(self.days)), ("since", str(self.since_ms)), *narrowed]

    @property
    def address(self) -> str:
        return reverse("review" if self.of_today else "cram-go")

    def url(self, **also: str) -> str:
        """Its page; `also` says more in the address, such as which card to show."""
        what = [] if self.of_today else [("what", self.what)]
        query = urlencode([*what, *self.fields(), *also.items()])
        return f"{self.address}?{query}" if query else self.address

    def session(self, user: Any, now: datetime, limit: int = 1) -> Any:
        if self.of_today:
            return selectors.session(
                user, now=now, chapters=self.chapters, deck=self.deck or None, limit=limit
            )
        if self.counts:
            return ahead(
                user,
                now=now,
                chapters=self.chapters,
                deck=self.deck or None,
                days=self.days,
                limit=limit,
            )
        return practice(
            user,
            now=now,
            mode=self.mode,
            what=What(self.what),
            chapters=self.chapters,
            deck=self.deck or None,
            days=self.days,
            since=self.since,
            limit=limit,
        )


def round_of(query: QueryDict | str, now: datetime) -> Round:
    """The round that a query asks for; what cannot be read is left at its default."""
    if isinstance(query, str):
        query = QueryDict(query)
    what = query.get("what", "")
    known = {*(kind.value for kind in What), AHEAD, TODAY}
    deck = "".join(_slugs(query.getlist("deck")[-1:]))
    return Round(
        what=what if what in known else What.ALL.value,
        chapters=() if deck else _slugs(query.getlist("chapter")),
        deck=deck,
        days=_whole(query.get("days", ""), AHEAD_DAYS, AHEAD_DAYS_MAX),
        since=_moment(query.get("since", ""), now),
    )


def narrowed(query: QueryDict, now: datetime) -> Round | None:
    """The day's session held to what the address of the review names; None where it names
    nothing."""
    asked = round_of(query, now)
    return replace(asked, what=TODAY) if asked.deck or asked.chapters else None


def _slugs(given: Sequence[str]) -> tuple[str, ...]:
    chosen = (slug for slug in given if slug and len(slug) <= 80 and "\x00" not in slug)
    return tuple(dict.fromkeys(chosen))[:CHAPTERS_MAX]


def _whole(text: str, default: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        return default
    return min(max(int(text), 1), most)


def _moment(text: str, now: datetime) -> datetime:
    """Milliseconds since 1970, not after now."""
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return now
    return min(datetime.fromtimestamp(int(text) / 1000, UTC), now)
