"""The cards that a session shows, with their texts and what each answer would do.

Read by one written statement: through the ORM the same rows cost four times as much, and every
answer waits for them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from content.domain import prompts as content
from quizzes.domain.fold import CardState, interval_previews
from quizzes.domain.fsrs import AGAIN, EASY, GOOD, HARD
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.selectors.memory import CardView, view_of
from quizzes.selectors.queue_rows import read_day, read_moment
from quizzes.selectors.session_queue import Reading

RATING_NAMES = {AGAIN: "again", HARD: "hard", GOOD: "good", EASY: "easy"}


@dataclass(frozen=True)
class Place:
    """A chapter or a section of the notes; `number` is None for a section."""

    slug: str
    title: str
    number: int | None = None


@dataclass(frozen=True)
class PromptView:
    """A prompt's texts, as content.models.Prompt has them; `own` where the learner wrote it."""

    id: str
    version: int
    kind: str
    question_html: str
    answer_html: str
    explanation_html: str
    question_text: str
    choices: list[dict[str, str]]
    option_notes: dict[str, str]
    answer: dict[str, Any]
    chapter: Place | None
    section: Place | None
    own: bool

    @property
    def pk(self) -> str:
        return self.id

    def right_answer(self) -> content.Answer:
        return content.answer_from_json(self.answer)


@dataclass(frozen=True)
class SessionCard:
    """`intervals` says for again, hard, good and easy in how many seconds the card would be due;
    None where the answer is practice and leaves the schedule alone."""

    prompt: PromptView
    state: CardView
    intervals: dict[str, int] | None = field(default=None)


def session_cards(
    reading: Reading,
    card_ids: Sequence[int],
    today: date,
    scheduling: Scheduling,
    *,
    practice: bool = False,
) -> list[SessionCard]:
    """The learner's cards with these ids, in this order."""
    if not card_ids:
        return []
    names = {f"card{at}": pk for at, pk in enumerate(card_ids)}
    rows = reading.rows(
        _SQL.format(ids=", ".join(f"%({name})s" for name in names)),
        **names,
    )
    by_id = {row[0]: row for row in rows}
    return [
        _shown(by_id[pk], today, scheduling, practice=practice) for pk in card_ids if pk in by_id
    ]


_SQL = """SELECT c.id, c.prompt_id, c.phase, c.stability, c.difficulty, c.step, c.interval, c.due,
  c.due_base, c.last_review, c.last_day, c.first_day, c.reps, c.lapses, c.suspended,
  c.buried_until, c.flag, p.version, p.kind, p.question_html, p.answer_html, p.explanation_html,
  p.question_text, p.choices, p.option_notes, p.answer, h.slug, h.title, h.number, s.slug, s.title,
  p.owner_id IS NOT NULL
FROM quizzes_card c JOIN content_prompt p ON p.id = c.prompt_id
LEFT JOIN content_chapter h ON h.id = p.chapter_id
LEFT JOIN content_section s ON s.id = p.section_id
WHERE c.user_id = %(user)s AND c.id IN ({ids})"""


def _shown(
    row: Sequence[Any], today: date, scheduling: Scheduling, *, practice: bool
) -> SessionCard:
    _, prompt, phase, stability, difficulty, step, interval, due, due_base, last_review = row[:10]
    last_day, first_day, reps, lapses, suspended, buried_until, flag = row[10:17]
    state = CardState(
        prompt,
        Phase(phase),
        stability,
        difficulty,
        step,
        interval,
        read_moment(due),
        read_moment(due_base),
        read_moment(last_review),
        read_day(last_day),
        read_day(first_day),
        reps,
        lapses,
        bool(suspended),
        read_moment(buried_until),
        flag,
    )
    shown = _prompt(prompt, row[17:])
    chapter = shown.chapter.slug if shown.chapter else None
    intervals = None
    if not practice:
        seconds = interval_previews(state, today, scheduling, chapter)
        intervals = {RATING_NAMES[rating]: value for rating, value in seconds.items()}
    return SessionCard(shown, view_of(state, today, scheduling), intervals)


def _prompt(prompt: str, row: Sequence[Any]) -> PromptView:
    version, kind, question, answer_html, explanation, text, choices, notes, answer = row[:9]
    chapter, chapter_title, number, section, section_title, own = row[9:]
    return PromptView(
        id=prompt,
        version=version,
        kind=kind,
        question_html=question,
        answer_html=answer_html,
        explanation_html=explanation,
        question_text=text,
        choices=_json(choices),
        option_notes=_json(notes),
        answer=_json(answer),
        chapter=None if chapter is None else Place(chapter, chapter_title, number),
        section=None if section is None else Place(section, section_title),
        own=bool(own),
    )


def _json(column: Any) -> Any:
    """A raw cursor gives JSON as text, or already read."""
    return json.loads(column) if isinstance(column, str) else column
