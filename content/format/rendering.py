"""From checked Markdown to the HTML that is stored: sections, questions, answers, choices.

The version goes into every stored rendering's key: raise it when the HTML changes, and the next
`sync_course` renders everything again without touching anybody's history.
"""

import hashlib
import html
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from content.domain.course import Chapter, Figure, LabBlock, PromptBlock, Section
from content.domain.prompts import (
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    NumericAnswer,
    OrderingAnswer,
    Prompt,
    ShortAnswer,
    TextAnswer,
    answer_to_json,
    content_hash,
)
from content.format.gaps import replace_gaps
from content.format.markdown import Converter, Page, code_html
from content.format.plain import plain_text
from content.format.sanitising import sanitise

VERSION = 2
BLANK = "_____"
Gap = Callable[[int, tuple[str, ...], bool], str]
IMAGE_NAME = re.compile(r"\(figures/([^)\s]+)")


@dataclass(frozen=True)
class RenderedPrompt:
    question_html: str
    answer_html: str
    explanation_html: str
    question_text: str
    choices: list[dict[str, str]]
    """Options or items as {"id", "html"} in an order that tells nothing (by id)."""
    option_notes: dict[str, str]
    """HTML by option id: why that option is wrong."""


class _PerThread(threading.local):
    """Python-Markdown keeps state while it works, so each thread has its own."""

    def __init__(self) -> None:
        self.converter = Converter()


_per_thread = _PerThread()


def render(text: str, page: Page) -> str:
    convert = page.convert or _per_thread.converter.convert
    return page.clean(convert(text, page)) if text.strip() else ""


def render_inline(text: str, page: Page) -> str:
    """Without the paragraph around it, where the text is a single one."""
    markup = render(text, page).strip()
    if markup.startswith("<p>") and markup.endswith("</p>") and markup.count("<p>") == 1:
        return markup.removeprefix("<p>").removesuffix("</p>")
    return markup


def render_section(section: Section, chapter: Chapter) -> list[dict[str, Any]]:
    """The blocks of a section: html, prompt and lab, as JSON."""
    page = Page(section.title, chapter.slug, chapter.figures)
    blocks: list[dict[str, Any]] = []
    for block in section.blocks:
        match block:
            case PromptBlock():
                blocks.append({"type": "prompt", "id": block.prompt_id})
            case LabBlock():
                blocks.append({"type": "lab", "slug": block.lab})
            case _:
                blocks.append({"type": "html", "html": render(block.text, page)})
    return blocks


def minutes(section: Section) -> int:
    """Reading time: 200 words a minute and half a minute for a prompt, at least one minute."""
    prompts = sum(isinstance(block, PromptBlock) for block in section.blocks)
    return max(1, round(len(section.source.split()) / 200 + prompts / 2))


def render_prompt(
    prompt: Prompt, chapter: str = "", figures: Mapping[str, Figure] | None = None
) -> RenderedPrompt:
    words = re.sub(r"^c\d\d-", "", prompt.id).replace("-", " ")
    page = Page(f"question on {words}", chapter, figures or {})
    return render_on(prompt, page, Page(f"answer on {words}", chapter, figures or {}))


def render_on(prompt: Prompt, page: Page, answer_page: Page) -> RenderedPrompt:
    """The prompt with its question on one page and what comes after it on another."""
    filled = render(prompt.question, page)
    question, text = filled, filled
    if isinstance(prompt.answer, ClozeAnswer):
        page.counts.clear()
        marked = render(replace_gaps(prompt.question, lambda n, words: _token(n)), page)
        question = _fill(marked, prompt.answer, page, _empty_gap)
        filled = _fill(marked, prompt.answer, page, _filled_gap)
        text = _fill(marked, prompt.answer, page, lambda n, words, many: BLANK)
    return RenderedPrompt(
        question_html=question,
        answer_html=_answer(prompt, filled, answer_page),
        explanation_html=render(prompt.explanation, answer_page),
        question_text=plain_text(text),
        choices=_choices(prompt, page),
        option_notes=_option_notes(prompt, answer_page),
    )


def render_key(prompt: Prompt, chapter: str, figures: Mapping[str, Figure]) -> str:
    """Equal keys promise equal renderings."""
    texts = json.dumps([prompt.question, answer_to_json(prompt.answer), prompt.explanation])
    return _key([content_hash(prompt), chapter, _digests(texts, figures)])


def section_key(section: Section, chapter: Chapter) -> str:
    return _key(
        [chapter.slug, section.title, section.source, _digests(section.source, chapter.figures)]
    )


def _key(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps([VERSION, *parts]).encode()).hexdigest()


def _digests(text: str, figures: Mapping[str, Figure]) -> list[str]:
    names = sorted({name for name in IMAGE_NAME.findall(text) if name in figures})
    return [hashlib.sha256(figures[name].data).hexdigest() for name in names]


def _token(number: int) -> str:
    """Stands for a gap while Markdown runs: a word that nothing else would write or change."""
    return f"studyhubgap{number}x"


def _fill(marked: str, answer: ClozeAnswer, page: Page, show: Gap) -> str:
    for number, words in enumerate(answer.gaps, start=1):
        marked = marked.replace(_token(number), show(number, words, len(answer.gaps) > 1))
    return page.clean(marked)


def _empty_gap(number: int, words: tuple[str, ...], many: bool) -> str:
    spoken = f"gap {number}" if many else "gap"
    return (
        f'<span class="cloze" data-gap="{number}"><span class="vh">{spoken}</span>'
        f'<span aria-hidden="true">{BLANK}</span></span>'
    )


def _filled_gap(number: int, words: tuple[str, ...], many: bool) -> str:
    return f'<span class="cloze"><span class="vh">gap: </span>{html.escape(words[0])}</span>'


def _answer(prompt: Prompt, filled: str, page: Page) -> str:
    match prompt.answer:
        case TextAnswer():
            return render(prompt.answer.text, page)
        case ClozeAnswer():
            return filled + render(prompt.answer.text, page)
        case NumericAnswer():
            return _numeric(prompt.answer)
        case ShortAnswer():
            first, *others = prompt.answer.accepted
            also = ", ".join(html.escape(other) for other in others)
            note = f'<p class="small soft">Also right: {also}</p>' if others else ""
            return page.clean(f"<p>{render_inline(first, page)}</p>{note}")
        case ChoiceAnswer():
            right = [o.text for o in prompt.answer.options if o.right]
            if len(right) == 1:
                return render(right[0], page)
            return _list("ul", [render_inline(text, page) for text in right], page)
        case OrderingAnswer():
            items = [render_inline(item.text, page) for item in prompt.answer.items]
            return _list("ol", items, page)
        case CodeAnswer():
            return sanitise(code_html(prompt.answer.output, "text", page.label("Output")))


def _numeric(answer: NumericAnswer) -> str:
    unit = f" {html.escape(answer.unit)}" if answer.unit else ""
    shown = f"<p>{number(answer.value)}{unit}</p>"
    if answer.tolerance:
        low, high = answer.value - answer.tolerance, answer.value + answer.tolerance
        shown += f'<p class="small soft">Anything from {number(low)} to {number(high)} counts.</p>'
    return sanitise(shown)


def number(value: float) -> str:
    """Like people write it: no trailing zeros, a true minus sign."""
    return f"{value:.10g}".replace("-", "−")


def _list(tag: str, items: list[str], page: Page) -> str:
    return page.clean(f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>")


def _choices(prompt: Prompt, page: Page) -> list[dict[str, str]]:
    match prompt.answer:
        case ChoiceAnswer():
            parts = [(option.id, option.text) for option in prompt.answer.options]
        case OrderingAnswer():
            parts = [(item.id, item.text) for item in prompt.answer.items]
        case _:
            parts = []
    return [{"id": id_, "html": render_inline(text, page)} for id_, text in sorted(parts)]


def _option_notes(prompt: Prompt, page: Page) -> dict[str, str]:
    if not isinstance(prompt.answer, ChoiceAnswer):
        return {}
    return {o.id: render_inline(o.why, page) for o in prompt.answer.options if o.why}
