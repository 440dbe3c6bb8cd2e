"""Today's plan: at most three steps, each with its reason and its cost in minutes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from labs.web.bar import bar_of, verdict_words
from labs.web.lab_view import metric_value
from studyhub.base import words

SECONDS_A_CARD = 15
GRADE_TONE = "do"


@dataclass(frozen=True)
class Standing:
    """Everything that the plan is made from."""

    chapters: Sequence[Any]
    recall: Mapping[str, Any]
    due: int
    new: int
    next_due: datetime | None
    cards: int
    labs: Sequence[Any]
    best: Mapping[str, Any]
    started: set[int] = field(default_factory=set)
    break_until: date | None = None

    @property
    def waiting(self) -> int:
        return self.due + self.new

    def in_reading_order(self) -> list[Any]:
        """Chapters with cards first, the latest of them foremost, then the others in order: those
        of the same course before another one's."""
        begun = [chapter for chapter in self.chapters if self._cards(chapter)]
        course = begun[-1].deck_id if begun else None
        others = [chapter for chapter in self.chapters if not self._cards(chapter)]
        return [*reversed(begun), *sorted(others, key=lambda other: other.deck_id != course)]

    def _cards(self, chapter: Any) -> int:
        row = self.recall.get(chapter.slug)
        return row.cards if row is not None else 0


@dataclass(frozen=True)
class Reading:
    """The section to read next: the first whose prompts were not all answered."""

    chapter: Any
    section: Any
    place: int
    of: int
    prompts: int
    begun: bool


def prompts_in(chapter: Any) -> list[str]:
    """Ids of the prompts in the notes of a chapter whose sections are prefetched."""
    return [name for section in chapter.sections.all() for name in _asked_in(section)]


def _asked_in(section: Any) -> list[str]:
    return [block["id"] for block in section.blocks if block["type"] == "prompt"]


def next_reading(chapter: Any, answered: Collection[str]) -> Reading | None:
    """`chapter` has its sections prefetched; None when every prompt in its notes was answered."""
    sections = list(chapter.sections.all())
    for place, section in enumerate(sections, start=1):
        asked = _asked_in(section)
        if left := [name for name in asked if name not in answered]:
            begun = place > 1 or len(left) < len(asked)
            return Reading(chapter, section, place, len(sections), len(left), begun)
    return None


@dataclass(frozen=True)
class PlanStep:
    title: str
    why: str
    action: str
    url: str
    cost: str
    tone: str = "go"


def plan(standing: Standing, reading: Reading | None, now: datetime) -> dict[str, Any]:
    """The headline, the sentence below it, and the steps, most useful first."""
    steps = [step for step in (_review(standing), _read(reading), _lab(standing)) if step]
    return {
        "headline": _headline(standing, reading),
        "lead": _lead(standing, len(steps), now),
        "plan": steps,
    }


def _headline(standing: Standing, reading: Reading | None) -> str:
    title = reading.section.title if reading is not None else ""
    if not standing.cards:
        return f"Begin with {reading.chapter.title}." if reading else "Nothing to study yet."
    if standing.break_until is not None:
        return f"On a break until {words.day(standing.break_until)}."
    if not standing.waiting:
        return f"Nothing is due. Read on: “{title}”." if title else "Nothing is due today."
    cost = words.minutes(standing.waiting * SECONDS_A_CARD).removeprefix("about ")
    count = words.number_word(int(cost.split()[0]))
    cards = f"{count} {'minute' if count == 'One' else 'minutes'} of cards"
    return f"{cards}, then “{title}”." if title else f"{cards} today."


def _lead(standing: Standing, steps: int, now: datetime) -> str:
    if not standing.cards:
        return (
            "You learn here by answering: each chapter asks as it explains, what you answer comes "
            "back when you are about to forget it, and a lab shows what your code can do."
        )
    if standing.break_until is not None:
        return "Nothing is asked of you. You may study all the same, whatever you like."
    if steps > 1 and standing.waiting:
        count = words.number_word(steps).lower()
        return f"Any one of these {count} is a good day’s work; you can stop after the first."
    if standing.next_due is not None and not standing.waiting:
        due = words.due(timezone.localtime(standing.next_due), timezone.localtime(now))
        return f"The next card comes {due}. Until then, reading and labs are open."
    return "One step is a good day’s work."


def _review(standing: Standing) -> PlanStep | None:
    if not standing.waiting:
        return None
    parts = []
    if standing.due:
        parts.append(
            f"{words.number_word(standing.due)} {'is' if standing.due == 1 else 'are'} due: "
            "soon you would be less sure to recall them than you want."
        )
    if standing.new:
        parts.append(f"{words.number_word(standing.new)} new, from what you added.")
    return PlanStep(
        title=f"Review {words.counted(standing.waiting, 'card')}",
        why=" ".join(parts),
        action="Start review",
        url=reverse("review"),
        cost=words.minutes(standing.waiting * SECONDS_A_CARD),
    )


def _read(reading: Reading | None) -> PlanStep | None:
    if reading is None:
        return None
    chapter = reading.chapter
    why = f"Section {reading.place} of {reading.of} of “{chapter.title}”."
    if reading.place == 1 and not reading.begun:
        why = f"{why} {chapter.summary}."
    prompts = words.counted(reading.prompts, "prompt")
    return PlanStep(
        title=f"Read “{reading.section.title}”",
        why=f"{why} It brings {prompts}.",
        action="Continue reading" if reading.begun else "Open the chapter",
        url=reverse("chapter", args=(chapter.slug,)) + f"#{reading.section.slug}",
        cost=words.minutes(60 * reading.section.minutes),
    )


def _lab(standing: Standing) -> PlanStep | None:
    for lab in standing.labs:
        run = standing.best.get(lab.slug)
        if run is not None and run.grade.grade == "excellent":
            continue
        return PlanStep(
            title=f"Lab: {lab.title}" if run is None else f"Try “{lab.title}” once more",
            why=_why_lab(lab, run),
            action="Open the lab",
            url=reverse("lab", args=(lab.slug,)),
            cost=f"at most {words.minutes(lab.limits.get('train_seconds', 60))[6:]} to train",
            tone=GRADE_TONE,
        )
    return None


def _why_lab(lab: Any, run: Any) -> str:
    if run is None:
        return lab.summary
    value = metric_value(run.grade.metrics, lab.thresholds)
    if value is None:
        return lab.summary
    bar = bar_of(lab.thresholds, lab.spread, value)
    return (
        f"Your best run reached {bar.words(value)}. {verdict_words(bar, run.grade.grade, value)}."
    )
