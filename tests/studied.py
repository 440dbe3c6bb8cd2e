"""A learner with a long history: generated study, the same for the same seed.

The learner forgets by FSRS with weights of their own, a little unlike the defaults that schedule
their cards, so that predictions have something to be wrong about.
"""

import heapq
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from quizzes.domain import fsrs
from quizzes.domain.days import day_start, study_day
from quizzes.domain.events import Kind, ReviewEvent, payload
from quizzes.domain.fold import CardState, apply
from quizzes.domain.fsrs import DEFAULT_WEIGHTS, Memory
from quizzes.domain.scheduler import DEFAULT_SCHEDULING, Phase
from quizzes.services import record_events
from studyhub.accounts.models import User

#: First intervals hold less than the scheduler thinks, later ones more.
THEIR_WEIGHTS = (
    *(0.75 * w for w in DEFAULT_WEIGHTS[:4]),
    *DEFAULT_WEIGHTS[4:8],
    2.0,
    *DEFAULT_WEIGHTS[9:],
)
HARD_CARDS = 0.03
BATCH = 1000


def a_year_of_study(
    user: User,
    prompts: Sequence[str],
    *,
    until: datetime,
    days: int = 365,
    new_per_day: int = 6,
    reviews_per_day: int = 200,
    seed: int = 1,
) -> int:
    """Sends the events of `days` study days that end with the one of `until`; returns how many.

    New cards are taken in the order of `prompts`. There are days off, a fortnight's break, answers
    that took a pause, practice that changes nothing, and a few answers taken back.
    """
    events = list(study(user.time_zone, prompts, until, days, new_per_day, reviews_per_day, seed))
    for start in range(0, len(events), BATCH):
        results = record_events(user, events[start : start + BATCH], now=until).results
        refused = [result for result in results if result.status != "created"]
        assert not refused, refused[0]
    return len(events)


def study(
    tz: str,
    prompts: Sequence[str],
    until: datetime,
    days: int,
    new_per_day: int,
    reviews_per_day: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """The events as a device would send them, oldest first."""
    learner = _Learner(tz, prompts, seed)
    last = study_day(until, tz, 4)
    for ago in range(days - 1, -1, -1):
        day = last - timedelta(days=ago)
        off = learner.chance.random() < (0.3 if day.weekday() > 4 else 0.12)
        if off or days * 0.55 < ago < days * 0.55 + 14:
            continue
        yield from learner.day(day, new_per_day, reviews_per_day, until)


class _Learner:
    def __init__(self, tz: str, prompts: Sequence[str], seed: int) -> None:
        self.tz = tz
        self.chance = random.Random(seed)
        self.unseen = list(reversed(prompts))
        self.hard = {name for name in prompts if self.chance.random() < HARD_CARDS}
        self.cards: dict[str, CardState] = {}
        self.memories: dict[str, Memory] = {}
        self.device = UUID(int=self.chance.getrandbits(128))
        self.seq = 0

    def day(
        self, day: date, new_per_day: int, reviews_per_day: int, until: datetime
    ) -> Iterator[dict[str, Any]]:
        start = day_start(day, self.tz, 4)
        end = min(day_start(day + timedelta(days=1), self.tz, 4), until)
        due = [name for name, card in self.cards.items() if card.due and card.due < end]
        due.sort(key=lambda name: self.cards[name].due or start)
        fresh = [self.unseen.pop() for _ in range(min(new_per_day, len(self.unseen)))]
        clock = start + timedelta(hours=self.chance.choice((3.2, 4.1, 8.4, 15.5, 16.2)))
        clock += timedelta(minutes=self.chance.uniform(0, 50))
        queue = [
            (clock, place, name) for place, name in enumerate((*due[:reviews_per_day], *fresh))
        ]
        heapq.heapify(queue)
        while queue:
            at, place, name = heapq.heappop(queue)
            clock = max(clock, at)
            took = min(self.chance.lognormvariate(1.9, 0.6), 50.0)
            if self.chance.random() < 0.006:
                took = self.chance.uniform(90, 900)  # the kettle boiled
            clock += timedelta(seconds=took + 1)
            if clock >= end:
                return
            if self.chance.random() < 0.02:
                yield payload(self._event(Kind.PRACTICE, name, clock, day, took=took))
            event = self._event(Kind.REVIEW, name, clock, day, self._rating(name, day), took)
            yield payload(event)
            if self.chance.random() < 0.004:
                yield payload(self._event(Kind.VOID, name, clock, day, target=event.id))
                clock += timedelta(seconds=3)
                event = self._event(Kind.REVIEW, name, clock, day, 3, 3.0)
                yield payload(event)
            card = self._reviewed(event)
            if card.phase is not Phase.REVIEW and card.due is not None:
                heapq.heappush(queue, (card.due, place, name))

    def _rating(self, name: str, day: date) -> int:
        memory = self.memories.get(name)
        if memory is None:
            return self.chance.choices((1, 2, 3, 4), (0.15, 0.12, 0.6, 0.13))[0]
        away = (day - (self.cards[name].last_day or day)).days
        recall = 0.97 if away == 0 else fsrs.retrievability(THEIR_WEIGHTS, memory.stability, away)
        if name in self.hard:
            recall *= 0.88
        if self.chance.random() > recall:
            return 1
        return self.chance.choices((2, 3, 4), (0.12, 0.78, 0.1))[0]

    def _reviewed(self, event: ReviewEvent) -> CardState:
        name, rating = event.prompt or "", event.rating or 1
        card = self.cards.get(name)
        away = 0 if card is None or card.last_day is None else (event.day - card.last_day).days
        memory = fsrs.after(THEIR_WEIGHTS, self.memories.get(name), rating, away)
        if name in self.hard:
            memory = Memory(max(0.6 * memory.stability, 0.1), 9.5)
        self.memories[name] = memory
        after = apply(card, event, DEFAULT_SCHEDULING)
        assert after is not None
        self.cards[name] = after
        return after

    def _event(
        self,
        kind: Kind,
        name: str,
        at: datetime,
        day: date,
        rating: int | None = None,
        took: float | None = None,
        target: UUID | None = None,
    ) -> ReviewEvent:
        self.seq += 1
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        return ReviewEvent(
            id=UUID(int=self.chance.getrandbits(128), version=4),
            device=self.device,
            seq=self.seq,
            kind=kind,
            prompt=name,
            at=at,
            effective_at=at,
            day=day,
            tz=self.tz,
            rollover=4,
            rating=rating,
            duration_ms=None if took is None else int(1000 * took),
            target=target,
        )
