"""What the notes show, worked out from the chapter, the learner's cards and lab runs."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from studyhub.base import words
from studyhub.base.charts import percent

SIGNS = {"ring": "no prompt answered", "half": "some prompts answered", "full": "all answered"}


@dataclass(frozen=True)
class PromptView:
    """A prompt between the paragraphs; `kept` says when it comes back, or is empty."""

    id: str
    chapter: str
    section: str
    question_html: str
    answer_html: str
    explanation_html: str
    options: Sequence[Mapping[str, str]]
    kept: str
    event: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class LabCard:
    slug: str
    title: str
    summary: str
    url: str
    best: str


@dataclass(frozen=True)
class Block:
    html: str = ""
    prompt: PromptView | None = None
    lab: LabCard | None = None


@dataclass(frozen=True)
class SectionView:
    slug: str
    title: str
    blocks: list[Block]
    sign: str
    said: str


@dataclass(frozen=True)
class ShelfRow:
    chapter: Any
    share: float | None
    said: str


def prompt_view(prompt: Any, card: Any, now: datetime) -> PromptView:
    return PromptView(
        id=prompt.pk,
        chapter=prompt.chapter.slug,
        section=prompt.section.slug if prompt.section else "",
        question_html=prompt.question_html,
        answer_html=prompt.answer_html,
        explanation_html=prompt.explanation_html,
        options=prompt.choices,
        kept=kept_words(card, now),
    )


def kept_words(card: Any, now: datetime) -> str:
    """ "Kept. Next in 5 days"; empty where the prompt was not answered or is due again."""
    if card is None or card.reps == 0:
        return ""
    if card.suspended:
        return "Suspended: it does not come up"
    if card.due is None or card.due <= now:
        return ""
    when = words.due(timezone.localtime(card.due), timezone.localtime(now))
    missed = card.interval == 0 and card.step == 0
    return f"Noted. Again {when}" if missed else f"Kept. Next {when}"


def sections(
    chapter: Any,
    prompts: Mapping[str, Any],
    cards: Mapping[str, Any],
    labs: Mapping[str, LabCard],
    now: datetime,
) -> list[SectionView]:
    shown = []
    for section in chapter.sections.all():
        blocks = []
        for block in section.blocks:
            match block:
                case {"type": "html", "html": html}:
                    blocks.append(Block(html=html))
                case {"type": "prompt", "id": id_} if id_ in prompts:
                    view = prompt_view(prompts[id_], cards.get(id_), now)
                    blocks.append(Block(prompt=view))
                case {"type": "lab", "slug": slug} if slug in labs:
                    blocks.append(Block(lab=labs[slug]))
        asked = [block.prompt for block in blocks if block.prompt is not None]
        kept = sum(bool(prompt.kept) for prompt in asked)
        sign = "full" if asked and kept == len(asked) else "half" if kept else "ring"
        shown.append(SectionView(section.slug, section.title, blocks, sign, SIGNS[sign]))
    return shown


def lab_card(lab: Any, best: Any) -> LabCard:
    return LabCard(lab.slug, lab.title, lab.summary, reverse("lab", args=(lab.slug,)), _best(best))


def _best(run: Any) -> str:
    if run is None:
        return "Not tried yet"
    grade = "not passed yet" if run.grade.grade == "fail" else run.grade.grade
    return f"Your best: {grade}, score {run.grade.score:.0f} of 100"


def shelf_row(chapter: Any, recall: Any) -> ShelfRow:
    """A chapter in the list, with the share of its prompts that would be recalled today."""
    size = f"{words.counted(chapter.prompt_count, 'prompt')}, {words.minutes(60 * chapter.minutes)}"
    if recall is None or not recall.cards:
        return ShelfRow(chapter, None, f"Not started. {size} to read")
    return ShelfRow(
        chapter,
        recall.recalled,
        f"{percent(recall.recalled, 0)} recalled. {recall.cards} of {recall.prompts} are cards",
    )
