"""A learner's cards as they are today: how they are spread, what is to come, what is weak."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from quizzes.domain import workload
from quizzes.domain.fsrs import Memory, model
from quizzes.domain.outlook import Part, Plans, foreseen
from quizzes.domain.pace import ExamPlan
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.domain.statistics import (
    Due,
    Histogram,
    Judged,
    KnownCard,
    Mastery,
    due_days,
    histogram,
    mastery,
)
from quizzes.domain.statistics.histogram import DIFFICULTY_EDGES, RECALL_EDGES, STABILITY_EDGES
from quizzes.models import Card
from quizzes.selectors.memory import study_days_of, timeline_of, today_of
from quizzes.selectors.plans import plan_settings, plans_ahead
from quizzes.selectors.statistics.answers import OWN_CARDS, of_chapter
from studyhub.accounts.models import User


class HeldCard(NamedTuple):
    """A card of a prompt that is not retired. `due` is a study day, `elapsed` days since the last
    review; None for a card that was never reviewed. `chapter` is None for the learner's own."""

    prompt: str
    phase: str
    memory: Memory | None
    elapsed: int
    due: date | None
    lapses: int
    suspended: bool
    chapter: str | None
    facts: Sequence[str]


@dataclass(frozen=True)
class Memories:
    """How stability (days), difficulty (1 to 10) and recall today are spread over the cards."""

    stability: Histogram
    difficulty: Histogram
    recall: Histogram


@dataclass(frozen=True)
class Forecast:
    """`due` counts the cards that wait now; `expected` is what each day brings with the reviews
    that follow from others and `new_per_day` new cards while the `new` ones last, as `exams` and
    `breaks` (how many lie ahead in these days) change it. `easy` where some weekdays are easy."""

    due: Due
    expected: workload.Workload
    new: int
    new_per_day: int
    exams: int = 0
    breaks: int = 0
    easy: bool = False


@dataclass(frozen=True)
class Cards:
    """A learner's cards as they are on study day `today`."""

    today: date
    held: list[HeldCard]
    scheduling: Scheduling
    plans: Plans
    easy: bool = False

    @cached_property
    def known(self) -> list[KnownCard]:
        return [KnownCard(card.prompt, card.lapses, self._recall(card)) for card in self.held]

    def memories(self) -> Memories:
        """Over the cards with a memory that are not suspended."""
        kept = [card for card in self.held if card.memory is not None and not card.suspended]
        return Memories(
            histogram([card.memory.stability for card in kept if card.memory], STABILITY_EDGES),
            histogram([card.memory.difficulty for card in kept if card.memory], DIFFICULTY_EDGES),
            histogram([self._recall(card) or 0.0 for card in kept], RECALL_EDGES),
        )

    def forecast(self, days: int) -> Forecast:
        coming = [
            card
            for card in self.held
            if card.due is not None and card.phase != Phase.NEW and not card.suspended
        ]
        new = [card for card in self.held if card.phase == Phase.NEW and not card.suspended]
        parts: dict[ExamPlan | None, Part] = defaultdict(Part)
        for card in new:
            parts[self.plans.exam_of(card.chapter)].add_new(card.chapter)
        for card in coming:
            if card.memory is not None and card.due is not None:
                held = workload.HeldCard(
                    card.memory,
                    card.elapsed,
                    (card.due - self.today).days,
                    self.scheduling.retention_for(card.chapter),
                )
                parts[self.plans.exam_of(card.chapter)].held.append(held)
        end = self.today + timedelta(days=days)
        return Forecast(
            due=due_days([card.due for card in coming if card.due], self.today, days),
            expected=foreseen(parts, self.plans, days, self.scheduling),
            new=len(new),
            new_per_day=self.plans.new_per_day,
            exams=sum(exam is not None for exam in parts),
            breaks=sum(rest.first < end for rest in self.plans.breaks),
            easy=self.easy,
        )

    def by_chapter(self, answers: Sequence[Judged]) -> list[Mastery]:
        """By slug, the learner's own cards as OWN_CARDS; the weakest first."""
        subjects = {card.prompt: (card.chapter or OWN_CARDS,) for card in self.held}
        return mastery(self.known, answers, subjects, self.scheduling.desired_retention)

    def by_fact(self, answers: Sequence[Judged]) -> list[Mastery]:
        """By fact id; cards that name no fact are left out, and so are own ones, whose facts only
        tell siblings. The weakest first."""
        subjects = {card.prompt: card.facts if card.chapter else () for card in self.held}
        return mastery(self.known, answers, subjects, self.scheduling.desired_retention)

    def _recall(self, card: HeldCard) -> float | None:
        if card.memory is None:
            return None
        return model(self.scheduling.weights).retrievability(card.memory.stability, card.elapsed)


def cards(user: User, *, now: datetime, chapter: str | None = None) -> Cards:
    """The cards of one chapter (or OWN_CARDS) or of all."""
    today, scheduling = today_of(user, now), timeline_of(user.pk).newest
    rows = Card.objects.filter(user=user, removed=False, prompt__retired_at=None)
    if chapter is not None:
        rows = rows.filter(of_chapter(chapter))
    settings = plan_settings(user)
    exams, breaks = plans_ahead(user.pk, today)
    day = study_days_of(user)
    held = [
        HeldCard(
            prompt,
            phase,
            _memory(stability, difficulty),
            0 if last is None else max((today - last).days, 0),
            None if due is None else day(due),
            lapses,
            suspended,
            slug,
            facts,
        )
        for prompt, phase, stability, difficulty, last, due, lapses, suspended, slug, facts in (
            rows.values_list(
                "prompt_id",
                "phase",
                "stability",
                "difficulty",
                "last_day",
                "due",
                "lapses",
                "suspended",
                "prompt__chapter__slug",
                "prompt__facts",
            )
        )
    ]
    plans = Plans(today, settings.new_per_day, exams, breaks)
    return Cards(today, held, scheduling, plans, easy=min(settings.easy_days) < 1)


def _memory(stability: float | None, difficulty: float | None) -> Memory | None:
    return None if stability is None or difficulty is None else Memory(stability, difficulty)
