"""Makes finished prompts of Anki's cards."""

from collections.abc import Mapping
from typing import Any

from content.domain.own import FinishedPrompt, OwnPrompt, clean_tags
from content.domain.prompts import Kind, TextAnswer
from content.format.plain import plain_text
from content.models import Note, NoteType
from quizzes.anki.collection import Collection
from quizzes.anki.html import Pages
from quizzes.anki.rows import CardRow, Findings, NoteRow
from quizzes.anki.templates import TemplateProblem, fields_of, is_cloze, sides, template_of

TEXT_MAX = 20_000


class Renderer:
    """For one collection; `addresses` has the learner's files by name, `types` by Anki's id."""

    def __init__(
        self,
        collection: Collection,
        types: Mapping[int, NoteType],
        addresses: Mapping[str, str],
        longest: int,
        findings: Findings,
    ) -> None:
        self._collection = collection
        self._findings = findings
        self._types = types
        self._pages = Pages(addresses)
        self._longest = longest

    def finished(
        self, note: NoteRow, card: CardRow, prompt: str, row: Note, kept: dict[str, Any]
    ) -> FinishedPrompt | None:
        """The card as a prompt; None, and a finding, for a card that nothing can be made of."""
        definition = self._types[note.mid].definition
        values = [str(value) for value in row.fields]
        template = template_of(definition, card.ord)
        if template is None:
            self._findings.add("card: its template is missing", f"card {card.id}")
            return None
        fields = fields_of(definition, values)
        deck = self._collection.deck_of(card.odid or card.did).name
        special = {
            "Tags": note.tags.strip(),
            "Type": str(definition["name"]),
            "Deck": deck,
            "Subdeck": deck.rpartition("::")[2],
            "Card": str(template["name"]),
            "CardFlag": f"flag{card.flags & 7}" if card.flags & 7 else "",
        }
        cloze = is_cloze(definition)
        try:
            made = sides(
                template,
                fields,
                card.ord,
                cloze=cloze,
                special=special,
                longest=self._longest,
            )
        except TemplateProblem as problem:
            self._findings.add(
                f"template: {problem}; the card shows its fields", str(template["name"])
            )
            question, answer = values[0], "<hr>".join(values[1:])
        else:
            question, answer = made.question, made.answer
        return self._as_prompt(prompt, card, row, question, answer, kept)

    def _as_prompt(
        self,
        prompt: str,
        card: CardRow,
        row: Note,
        question: str,
        answer: str,
        kept: dict[str, Any],
    ) -> FinishedPrompt:
        question_html, answer_html = self._pages.html(question), self._pages.html(answer)
        text = plain_text(question_html, TEXT_MAX)
        return FinishedPrompt(
            own=OwnPrompt(
                id=prompt,
                kind=Kind.BASIC,
                question=text,
                answer=TextAnswer(plain_text(answer_html, TEXT_MAX)),
                tags=clean_tags(row.tags),
                # Siblings share it, and are spread in a session. A new note has no number yet.
                facts=(f"note-{row.pk}",) if row.pk else (),
            ),
            question_html=question_html or "<p>(This side of the card is empty.)</p>",
            answer_html=answer_html or "<p>(This side of the card is empty.)</p>",
            question_text=plain_text(question_html),
            note_id=row.pk,
            template=card.ord,
            anki=kept,
        )
