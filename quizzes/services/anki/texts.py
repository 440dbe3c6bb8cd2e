"""Imported cards as text, for files that know no templates: Markdown with gaps and file names.

Pictures, sounds, gaps and lines stay; colours, tables and the like do not.
"""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

from content.domain.media import safe_name
from content.domain.own import GAPS_MAX, TEXT_MAX, OwnPrompt, tidy
from content.domain.prompts import ClozeAnswer, Kind, TextAnswer
from content.format.gaps import gaps_of
from content.format.plain import BLOCKS, cut, plain_text
from content.models import Note, Prompt
from quizzes.anki.cloze import with_gaps
from quizzes.anki.templates import fields_of, is_cloze

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
_SOUND = re.compile(r"\[sound:([^\]\[<>]{1,300})\]")
_CLOZE_FIELD = re.compile(r"\{\{(?:[^{}]{1,50}:)?cloze:(?:[^{}]{1,50}:)?([^{}:]{1,200})\}\}")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*(?=\n)")
_HIDDEN = frozenset({"script", "style"})


def as_text(own: OwnPrompt, prompt: Prompt) -> OwnPrompt:
    """`own`, made of an imported note's card, with the texts that a file can hold.

    A card of a cloze note becomes a cloze of our own; its other fields become the explanation.
    """
    gapped = _gapped(prompt.note, prompt.template or 0) if prompt.note is not None else None
    if gapped is not None:
        question, explanation = gapped
        answer = ClozeAnswer(gaps_of(question), "")
        return replace(
            own, kind=Kind.CLOZE, question=question, answer=answer, explanation=explanation
        )
    return replace(
        own,
        question=marked(prompt.question_html) or own.question,
        answer=TextAnswer(marked(prompt.answer_html)),
    )


def _gapped(note: Note, ord_: int) -> tuple[str, str] | None:
    """Question with gaps, and explanation; None where the note has none that we could ask."""
    definition = note.note_type.definition
    if not is_cloze(definition):
        return None
    template = definition["tmpls"][0]
    found = _CLOZE_FIELD.search(template["qfmt"])
    fields = fields_of(definition, [str(value) for value in note.fields])
    if found is None or found[1].strip() not in fields:
        return None
    name = found[1].strip()
    question = marked(with_gaps(fields.pop(name), ord_ + 1))
    if not 0 < len(gaps_of(question)) <= GAPS_MAX:
        return None
    others = (marked(text) for field, text in fields.items() if field in template["afmt"])
    return question, tidy(cut("\n\n".join(text for text in others if text), TEXT_MAX))


def marked(markup: str) -> str:
    """HTML as Markdown that names files by `![](name)`; nothing of it is HTML any more."""
    markup = _FORMULA.sub(lambda found: html.escape(plain_text(found[0])), markup)
    markup = _SOUND.sub(lambda found: _link(html.unescape(found[1]), ""), markup)
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return tidy(cut(_EMPTY_LINES.sub("\n", "\n".join(lines)), TEXT_MAX))


def _link(source: str, label: str) -> str:
    name = unquote(source).rpartition("/")[2]
    ending = name.rpartition(".")[2] if "." in name else "bin"
    label = " ".join(re.sub(r"[\[\]]", "", label).split())[:200]
    return f"![{label}]({safe_name(name, ending)})" if name else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in BLOCKS or tag == "hr":
            self.parts.append("\n")
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in ("img", "audio"):
            label = named.get("alt") or ""
            self.parts.append(_link(named.get("src") or "", "" if label == "picture" else label))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
