"""A server and its devices as plain values: the rules of `POST events/` and `GET changes/` without
HTTP and without a database. Cards are kept as the intake keeps them: extended where that is right,
folded from the log where it is not."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from quizzes.domain.events import Kind, ReviewEvent, moment_text, payload_hash
from quizzes.domain.fold import CardState, extended, fold
from quizzes.domain.intake import read_event
from quizzes.domain.timeline import Timeline, timeline

CARDS = ("c04-a", "c04-b", "c05-a")


def states_of(events: list[ReviewEvent]) -> dict[str, CardState | None]:
    """Every card folded from the whole log."""
    settings = timeline(event for event in events if event.prompt is None)
    return {
        card: fold([event for event in events if event.prompt == card], settings) for card in CARDS
    }


class Server:
    def __init__(self) -> None:
        self.log: dict[UUID, ReviewEvent] = {}
        self.order: list[UUID] = []
        self.cards: dict[str, CardState | None] = dict.fromkeys(CARDS)

    def push(self, sent: list[dict[str, Any]], now: datetime) -> list[str]:
        """The status of each event."""
        statuses, fresh = [], []
        for one in sent:
            event = read_event(json.loads(json.dumps(one)), received=now)
            known = self.log.get(event.id)
            if known is not None:
                same = payload_hash(known) == payload_hash(event)
                statuses.append("duplicate" if same else "conflict")
                continue
            self.log[event.id] = event
            self.order.append(event.id)
            fresh.append(event)
            statuses.append("created")
        self._bring_up_to_date(fresh)
        return statuses

    def pull(self, since: int, limit: int) -> tuple[list[ReviewEvent], int]:
        page = self.order[since : since + limit]
        return [self.log[event_id] for event_id in page], since + len(page)

    def _bring_up_to_date(self, fresh: list[ReviewEvent]) -> None:
        log = list(self.log.values())
        settings = timeline(event for event in log if event.prompt is None)
        voided = {event.target for event in log if event.kind is Kind.VOID}
        if any(event.prompt is None for event in fresh):
            self.cards = states_of(log)
            return
        for card in {event.prompt for event in fresh} - {None}:
            of_card = [e for e in fresh if e.prompt == card and e.kind is not Kind.PRACTICE]
            if of_card:
                self.cards[card] = self._after(card, of_card, settings, voided)

    def _after(
        self, card: str, fresh: list[ReviewEvent], settings: Timeline, voided: set[UUID | None]
    ) -> CardState | None:
        if not any(event.id in voided for event in fresh):
            grown = extended(self.cards[card], fresh, settings)
            if grown is not None:
                return grown
        return fold([e for e in self.log.values() if e.prompt == card], settings)


class Device:
    """Studies offline, with a clock that is off by `skew`; keeps what was not acknowledged."""

    def __init__(self, number: int, tz: str, skew: timedelta) -> None:
        self.id, self.tz, self.skew = UUID(int=number), tz, skew
        self.seq = self.cursor = 0
        self.log: dict[UUID, ReviewEvent] = {}
        self.unsent: list[dict[str, Any]] = []

    def act(self, now: datetime, kind: Kind, card: str, number: int, choice: int) -> None:
        """Makes an event; `choice` picks a rating, or what is taken back."""
        self.seq += 1
        sent: dict[str, Any] = {
            "id": str(UUID(int=self.id.int * 10**6 + number)),
            "device": str(self.id),
            "seq": self.seq,
            "kind": kind.value,
            "prompt": card,
            "at": moment_text(now + self.skew),
            "tz": self.tz,
            "rollover": 4,
        }
        if kind is Kind.REVIEW:
            sent["rating"] = choice % 4 + 1
        elif kind is Kind.VOID:
            known = sorted(e.id for e in self.log.values() if e.prompt == card)
            if not known:
                return
            sent["target"] = str(known[choice % len(known)])
        elif kind is Kind.SET_DUE:
            sent["due"] = moment_text(now + timedelta(days=choice))
        elif kind is Kind.BURY:
            sent["until"] = moment_text(now + timedelta(days=1))
        elif kind is Kind.PARAMETERS:
            del sent["prompt"]
            sent["desired_retention"] = 0.75 + choice / 50
        event = read_event(sent, received=now + timedelta(days=9999))
        self.log[event.id] = event
        self.unsent.append(sent)

    def push(self, server: Server, now: datetime, size: int, answered: bool) -> list[str]:
        """Sends the first events that were not acknowledged; the answer may get lost."""
        batch = self.unsent[:size]
        statuses = server.push(batch, now)
        if answered:
            self.unsent = self.unsent[size:]
        return statuses

    def pull(self, server: Server, limit: int) -> None:
        found, self.cursor = server.pull(self.cursor, limit)
        self.log.update({event.id: event for event in found})

    def states(self) -> dict[str, CardState | None]:
        return states_of(list(self.log.values()))


def reviews_that_count(events: list[ReviewEvent], card: str) -> int:
    """Counted without a fold: reviews of the card that nobody took back, after its last reset."""
    voided = {e.target for e in events if e.kind is Kind.VOID and e.prompt == card}
    mine = [e for e in events if e.prompt == card and e.id not in voided]
    resets = [event.order for event in mine if event.kind is Kind.RESET]
    since = max(resets, default=None)
    reviews = [event.order for event in mine if event.kind is Kind.REVIEW]
    return sum(since is None or order > since for order in reviews)


def altered(sent: dict[str, Any]) -> dict[str, Any]:
    """The same id with something else in it."""
    return {**sent, "seq": sent["seq"] + 1_000}
