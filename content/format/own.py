"""An own card from what a learner wrote in a form, a table or a file: checked, then rendered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from content.domain.leaks import leak
from content.domain.own import (
    GAPS_MAX,
    TEXT_MAX,
    FinishedPrompt,
    OwnPrompt,
    tags_in,
    tidy,
)
from content.domain.prompts import ClozeAnswer, Kind
from content.format.gaps import GAP
from content.format.markdown import Page
from content.format.own_answers import read_answer
from content.format.own_html import OwnCleaner
from content.format.own_markdown import own_html
from content.format.rendering import render_on
from content.format.spans import SpanKind, split

FIELDS = ("kind", "question", "answer", "explanation", "tags")
FILE_LINK = re.compile(r"!\[[^\]\n]{0,500}\]\(<?([^()<>\s]{1,300})>?\)")
"""A picture or sound in Markdown, as our own editor writes it."""
Report = Callable[[str, str, int], None]
"""Called with the field, what is wrong and how to mend it, and the offset of the line in it."""


@dataclass(frozen=True)
class OwnFields:
    """The texts of one card as they were typed; every text may be anything."""

    kind: str
    question: str
    answer: str
    explanation: str = ""
    tags: str = ""


@dataclass
class FieldProblems:
    """What is wrong per field, in sentences."""

    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, message: str, line: int = 0) -> None:
        self.errors.setdefault(name, []).append(message)


def read_own(fields: OwnFields, prompt_id: str, report: Report) -> OwnPrompt | None:
    """The card, or None after each problem was given to `report`."""
    wrong: list[str] = []

    def refuse(name: str, message: str, line: int = 0) -> None:
        wrong.append(name)
        report(name, message, line)

    for name in FIELDS[1:4]:
        length = len(getattr(fields, name))
        if length > TEXT_MAX:
            refuse(name, f"{length:,} characters are too many: {TEXT_MAX:,} fit on a card.")
    kind_name = fields.kind.strip().casefold() or Kind.BASIC
    if kind_name not in set(Kind):
        kinds = ", ".join(Kind)
        refuse("kind", f"There is no kind {kind_name[:40]!r}: use one of {kinds}.")
    if wrong:
        return None
    kind, question = Kind(kind_name), tidy(fields.question)
    if not question.strip():
        refuse("question", "There is no question.")
    answer = read_answer(
        kind,
        question,
        fields.answer,
        lambda at, message, cure: refuse("answer", f"{message}. {cure}", at),
    )
    if isinstance(answer, ClozeAnswer):
        _check_gaps(question, answer, refuse)
    own = OwnPrompt(
        prompt_id, kind, question, answer, tidy(fields.explanation), tags_in(fields.tags)
    )
    return None if wrong else own


def _check_gaps(question: str, answer: ClozeAnswer, refuse: Report) -> None:
    if question.strip() and not answer.gaps:
        refuse("question", "There is no gap: write {{word}} around what is to be filled in.", 0)
    if len(answer.gaps) > GAPS_MAX:
        refuse("question", f"There are {len(answer.gaps)} gaps, and {GAPS_MAX} fit.", 0)
    for span in split(question):
        if span.kind in (SpanKind.MATHS, SpanKind.DISPLAY) and GAP.search(span.text):
            said = "A gap cannot stand in a formula: write `{ {` there, or put the gap around it."
            refuse("question", said, span.line - 1)


def hint(own: OwnPrompt) -> str:
    """What may be weak about a card that can be kept; empty for nothing."""
    told = leak(own.prompt())
    return f"The question says {told!r}, which is the answer." if told else ""


def files_in(*texts: str) -> set[str]:
    """Names of the pictures and sounds that Markdown texts show."""
    return {name for text in texts for name in FILE_LINK.findall(text)}


def finish(own: OwnPrompt, media: Mapping[str, str]) -> FinishedPrompt:
    """The card with its HTML; `media` gives the addresses of the learner's files by name."""
    return finish_with(own, OwnCleaner(media))


def finish_with(own: OwnPrompt, cleaner: OwnCleaner) -> FinishedPrompt:
    """The same for many cards, of which one cleaner knows all files."""
    pages = [Page(name, convert=own_html, clean=cleaner.clean) for name in ("question", "answer")]
    rendered = render_on(own.prompt(), *pages)
    return FinishedPrompt(
        own=own,
        question_html=rendered.question_html,
        answer_html=rendered.answer_html,
        explanation_html=rendered.explanation_html,
        question_text=rendered.question_text,
        choices=rendered.choices,
        option_notes=rendered.option_notes,
    )
