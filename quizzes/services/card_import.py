"""Cards from CSV and Markdown: first what would happen, then, if the learner wants it, all of it.

A card is known again by its id in the file, or by its kind and question where it has none: the same
file twice doubles nothing. One that was deleted stays deleted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from content.domain.errors import CardFileInvalid
from content.domain.own import OWN_ID, FinishedPrompt, OwnPrompt, import_id
from content.domain.prompts import TextAnswer, content_hash
from content.format.card_files import CardFile, FileCard, decode, read_markdown
from content.format.card_tables import read_table
from content.format.own import files_in, finish_with, read_own
from content.format.own_html import OwnCleaner
from content.format.plain import cut
from content.models import Prompt
from quizzes.selectors.decks import media_addresses, owned_deck
from quizzes.services.decks import deck_titled
from quizzes.services.intake import locked_memory
from quizzes.services.own_cards import Written, put_prompts
from studyhub.accounts.models import User
from studyhub.base.words import counted

NEW, CHANGED, UNCHANGED, DELETED, WRONG = "new", "changed", "unchanged", "deleted", "wrong"
DEFAULT_DECK = "Imported cards"
CHUNK = 500
TOLD = 20
"""A refusal tells so many things that are wrong."""
Progress = Callable[[int, int], None]
"""Called with how many cards are done and how many there are."""


def _silent(done: int, total: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Planned:
    """One card of the file: `status` says what would become of it, `problems` (line, sentence)
    what is wrong with it. `deck` is the title of the deck it goes to."""

    line: int
    status: str
    text: str
    deck: str
    own: OwnPrompt | None
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class ImportPlan:
    """What a file would bring. `problems` belong to no single card; `counts` is by status.

    `into` is the slug of the deck that all cards go to; empty where each names its own.
    """

    cards: list[Planned]
    problems: list[tuple[int, str]]
    notes: list[str]
    counts: Counter[str]
    into: str

    @property
    def clean(self) -> bool:
        return not self.problems and not self.counts[WRONG]

    @property
    def wrong(self) -> list[tuple[int, str]]:
        """Every problem with the line that it stands in."""
        of_cards = (problem for card in self.cards for problem in card.problems)
        return sorted([*self.problems, *of_cards])

    @property
    def to_write(self) -> int:
        return self.counts[NEW] + self.counts[CHANGED]


def plan_import(user: User, data: bytes, name: str, *, deck_slug: str = "") -> ImportPlan:
    """Reads a file and says what it would bring; writes nothing.

    With `deck_slug` all cards go there; else each to the deck that it names, or to one named like
    the file. Raises CardFileInvalid, DeckNotFound.
    """
    text, encoding = decode(data)
    read = read_markdown(text) if _is_markdown(name, text) else read_table(text)
    read.notes.insert(0, f"read as {encoding}")
    if not read.cards and not read.problems:
        raise CardFileInvalid(
            "There is no card in this file.",
            cure="A table needs a question and an answer a row; Markdown needs `## name` or `Q:`.",
        )
    cards = _planned(
        user, read, owned_deck(user, deck_slug).title if deck_slug else "", _stem(name)
    )
    counts = Counter(one.status for one in cards)
    return ImportPlan(cards, read.problems, read.notes, counts, deck_slug)


def _is_markdown(name: str, text: str) -> bool:
    """By the file's ending; text of another ending is Markdown where it begins like it."""
    ending = name.casefold().rpartition(".")[2]
    if ending in ("md", "markdown", "csv", "tsv"):
        return ending.startswith("m")
    return text.lstrip("\ufeff \r\n").startswith(("## ", "# ", "Q:"))


def import_cards(
    user: User,
    plan: ImportPlan,
    *,
    now: datetime,
    without_wrong: bool = False,
    progress: Progress = _silent,
) -> Written:
    """Writes what `plan_import` promised, all of it or nothing.

    Where something is wrong it raises CardFileInvalid, unless `without_wrong`: then the other
    cards are written.
    """
    if not plan.clean and not without_wrong:
        said = [f"Line {line}: {sentence}" for line, sentence in plan.wrong]
        raise CardFileInvalid(
            f"{counted(len(said), 'thing')} in the file cannot be read, so nothing was imported.",
            cure="Mend the file, or import the rest of it.",
            errors={"file": said[:TOLD]},
        )
    chosen = [
        (one.deck, one.own)
        for one in plan.cards
        if one.status in (NEW, CHANGED) and one.own is not None
    ]
    cleaner = OwnCleaner(media_addresses(user, _files(own for _, own in chosen)))
    ready: dict[str, list[FinishedPrompt]] = {}
    for at, (deck, own) in enumerate(chosen):
        if at % CHUNK == 0:
            progress(at, len(chosen))
        ready.setdefault(deck, []).append(finish_with(own, cleaner))
    left = (one for one in plan.cards if one.status not in (NEW, CHANGED))
    total = Written(unchanged=[one.own.id for one in left if one.own is not None])
    with transaction.atomic():
        memory = locked_memory(user)
        for title, prompts in ready.items():
            into = owned_deck(user, plan.into) if plan.into else deck_titled(user, title)
            written = put_prompts(memory, into, prompts, now=now, restore=False)
            for what in ("created", "changed", "unchanged", "restored"):
                getattr(total, what).extend(getattr(written, what))
        memory.save()
    return total


def _planned(user: User, read: CardFile, into: str, default: str) -> list[Planned]:
    ids = _ids(user, read.cards)
    known = _known(user, ids)
    seen: dict[str, int] = {}
    planned = []
    for card, id_ in zip(read.cards, ids, strict=True):
        own, wrong = _read(card, id_)
        if own is not None and id_ in seen:
            own, wrong = None, [(card.line, f"This is the same card as in line {seen[id_]}.")]
        seen.setdefault(id_, card.line)
        text = cut(" ".join(card.fields.question.split()), 120)
        deck = into or card.deck or default
        if own is None:
            planned.append(Planned(card.line, WRONG, text, deck, None, tuple(wrong)))
            continue
        old = known.get(id_)
        own = replace(own, facts=card.facts[:20] or (tuple(old.facts) if old else ()))
        planned.append(Planned(card.line, _status(own, deck, old), text, deck, own))
    return planned


def _read(card: FileCard, id_: str) -> tuple[OwnPrompt | None, list[tuple[int, str]]]:
    wrong = list(card.problems)

    def report(name: str, message: str, at: int) -> None:
        wrong.append((card.line_of(name, at), message))

    return (None, wrong) if wrong else (read_own(card.fields, id_, report), wrong)


def _ids(user: User, cards: Sequence[FileCard]) -> list[str]:
    """The prompt id of each card: the learner's own one, or one made of what names the card."""
    named = {card.name for card in cards if OWN_ID.fullmatch(card.name)}
    mine: set[str] = set()
    for some in _chunks(sorted(named)):
        mine |= set(Prompt.objects.filter(owner=user, pk__in=some).values_list("pk", flat=True))
    return [
        card.name
        if card.name in mine
        else import_id(user.pk, card.name or f"{card.fields.kind}\n{card.fields.question.strip()}")
        for card in cards
    ]


def _known(user: User, ids: Sequence[str]) -> dict[str, Prompt]:
    found: dict[str, Prompt] = {}
    for some in _chunks(sorted(set(ids))):
        rows = Prompt.objects.filter(owner=user, pk__in=some).select_related("deck")
        found |= {
            row.pk: row
            for row in rows.only(
                "content_hash", "tags", "facts", "retired_at", "note", "deck__title"
            )
        }
    return found


def _status(own: OwnPrompt, deck: str, old: Prompt | None) -> str:
    if old is None:
        return NEW
    if old.retired_at is not None:
        return DELETED
    if old.note_id is not None:
        return UNCHANGED  # its text belongs to the note that it was made of
    said = (content_hash(own.prompt()), list(own.tags), list(own.facts), deck)
    kept = (old.content_hash, old.tags, old.facts, old.deck.title)
    return UNCHANGED if said == kept else CHANGED


def _files(cards: Iterable[OwnPrompt]) -> set[str]:
    names: set[str] = set()
    for own in cards:
        answer = own.answer.text if isinstance(own.answer, TextAnswer) else ""
        names |= files_in(own.question, own.explanation, answer)
    return names


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _stem(name: str) -> str:
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return " ".join(stem.replace("_", " ").split())[:200] or DEFAULT_DECK
