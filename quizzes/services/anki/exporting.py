"""Exports a learner's cards as an Anki package, with their reviews and media."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, BinaryIO

from django.db.models import Q, QuerySet

from content.domain.errors import DeckNotFound
from content.domain.media import address
from content.models import Deck, Figure, Media, Note, NoteType, Prompt
from quizzes.anki import outgoing, own_notes, stock
from quizzes.anki.outgoing import Base
from quizzes.anki.rows import FIELD_END, AnkiDeck, CardRow, NoteRow, RevlogRow
from quizzes.anki.writing import Head, PackageWriter
from quizzes.domain.days import day_start, study_day, zone
from quizzes.domain.errors import PackageInvalid
from quizzes.domain.events import ReviewEvent
from quizzes.domain.fold import CardState
from quizzes.models import Card
from quizzes.selectors.memory import events_of_cards, timeline_of
from quizzes.services.anki.shelf import names_in
from quizzes.services.media import media_path
from studyhub.accounts.models import User

BATCH = 500
_MAKE_UP_FROM, _MAKE_UP_SPAN = 1_300_000_000_000, 300_000_000_000
_FIGURES = "/content/figures/"


@dataclass
class ExportReport:
    """What the package holds. `missing` names files that cards want and that are not there."""

    notes: int = 0
    cards: int = 0
    reviews: int = 0
    media: int = 0
    decks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def export_package(
    user: User,
    target: Path,
    *,
    now: datetime,
    deck: str | None = None,
    legacy: bool = False,
    course: bool = False,
) -> ExportReport:
    """Writes the learner's own cards to `target`, or one deck of them; with `course`, also the
    course's cards that they study. Raises DeckNotFound, or PackageInvalid where there are none."""
    prompts = _chosen(user, deck, course)
    work = _Export(user, prompts, now)
    with PackageWriter(work.head(), legacy) as writer, TemporaryDirectory(prefix="anki-") as folder:
        for batch in _batches(prompts):
            work.add(writer, batch)
        if not writer.counts["cards"]:
            more = "" if course else ", or take your cards of the course along"
            cure = f"Write or import cards first{more}."
            raise PackageInvalid("There is no card to export.", cure=cure)
        media = list(work.media(Path(folder), everything=deck is None))
        writer.finish(target, work.note_types(), work.decks.values(), media)
        return ExportReport(
            **writer.counts,
            media=len(media),
            decks=sorted(work.names),
            missing=sorted(work.missing)[:100],
        )


def export_file(user: User, *, now: datetime, **wanted: Any) -> BinaryIO:
    """The same as an open file, which is gone from the disk as soon as it is closed."""
    with NamedTemporaryFile(prefix="anki-", suffix=".apkg") as made:
        export_package(user, Path(made.name), now=now, **wanted)
        return Path(made.name).open("rb")


def _chosen(user: User, deck: str | None, course: bool) -> QuerySet[Prompt]:
    wanted = Q(owner=user, deck__retired_at=None)
    if deck is not None:
        row = Deck.objects.filter(owner=user, slug=deck, retired_at=None).first()
        if row is None:
            raise DeckNotFound(f"You have no deck {deck[:80]!r}.", cure="See your list of decks.")
        wanted &= Q(deck=row)
    elif course:
        studied = Card.objects.filter(user=user, removed=False, prompt__owner=None)
        wanted |= Q(owner=None, pk__in=studied.values("prompt"))
    return Prompt.objects.filter(wanted, retired_at=None).order_by("pk")


def _batches(prompts: QuerySet[Prompt]) -> Iterator[list[Prompt]]:
    """Chosen once, by id alone: which of the course's are studied would be asked of each batch."""
    ids = list(prompts.values_list("pk", flat=True))
    whole = Prompt.objects.select_related("note__note_type", "deck", "chapter").order_by("pk")
    for start in range(0, len(ids), BATCH):
        yield list(whole.filter(pk__in=ids[start : start + BATCH]))


class _Export:
    def __init__(self, user: User, prompts: QuerySet[Prompt], now: datetime) -> None:
        self.user = user
        self.now = now
        self.timeline = timeline_of(user.pk)
        day0 = _day0(prompts, study_day(now, user.time_zone, user.rollover_hour))
        self.base = Base(day0, user.time_zone, user.rollover_hour, now)
        self.decks: dict[int, AnkiDeck] = {}
        self.names: dict[str, int] = {}
        self.missing: set[str] = set()
        self._types: dict[int, dict[str, Any]] = {}
        self._used_notes: dict[int, int] = {}
        self._used: dict[str, set[int]] = {"notes": set(), "cards": set(), "reviews": set()}
        self._wanted: set[str] = set()
        self._figures: set[str] = set()
        rows = Media.objects.filter(owner=user).values_list("name", "sha256")
        self._media = dict(rows)
        self._addresses = {address(sha256, name): name for name, sha256 in self._media.items()}

    def head(self) -> Head:
        start = day_start(self.base.day0, self.base.tz, self.base.rollover)
        offset = start.astimezone(zone(self.base.tz)).utcoffset() or timedelta()
        return Head(
            created=int(start.timestamp()),
            offset=-int(offset.total_seconds()) // 60,
            rollover=self.base.rollover,
            now=int(self.now.timestamp()),
        )

    def add(self, writer: PackageWriter, batch: list[Prompt]) -> None:
        ids = [prompt.pk for prompt in batch]
        cards = {c.prompt_id: c for c in Card.objects.filter(user=self.user, prompt_id__in=ids)}
        events = events_of_cards(self.user.pk, ids)
        notes: list[tuple[NoteRow, int]] = []
        rows: list[CardRow] = []
        reviews: list[RevlogRow] = []
        for prompt in batch:
            note_id = self._note(prompt, notes)
            row = self._card(prompt, note_id, cards.get(prompt.pk), events[prompt.pk])
            rows.append(row)
            reviews += self._reviews(prompt, row.id, events[prompt.pk])
        writer.add_notes(notes)
        writer.add_cards(rows)
        writer.add_reviews(reviews)

    def _note(self, prompt: Prompt, notes: list[tuple[NoteRow, int]]) -> int:
        """The note's id; adds it to `notes` where it was not written yet."""
        note = prompt.note
        if note is None:
            type_, flds = own_notes.fields_of(
                prompt.kind,
                prompt.question_html,
                prompt.answer_html,
                prompt.choices,
                prompt.explanation_html,
            )
            self._types.setdefault(type_, stock.own_note_types()[type_])
            flds = own_notes.with_file_names(flds, self._addresses | self._figure_names(flds))
            id_ = self._free("notes", _made_up(prompt.pk))
            mod = int(prompt.updated_at.timestamp())
            notes.append((NoteRow(id_, prompt.pk, type_, mod, _tags(prompt.tags), flds), 0))
            self._wanted |= names_in(flds)
            return id_
        if note.pk not in self._used_notes:
            self._used_notes[note.pk] = self._free("notes", note.anki_id)
            row, sort_field = self._imported(note, self._used_notes[note.pk])
            notes.append((row, sort_field))
        return self._used_notes[note.pk]

    def _imported(self, note: Note, id_: int) -> tuple[NoteRow, int]:
        definition = self._type(note.note_type)
        count = len(definition["flds"])
        fields = [str(value) for value in note.fields]
        flds = FIELD_END.join([*fields, *[""] * count][: max(count, 1)])
        self._wanted |= names_in(flds)
        sort_field = definition.get("sortf")
        place = sort_field if isinstance(sort_field, int) and 0 <= sort_field < count else 0
        mod = int(note.modified_at.timestamp())
        row = NoteRow(id_, note.guid, note.note_type.anki_id, mod, _tags(note.tags), flds)
        return row, place

    def _type(self, row: NoteType) -> dict[str, Any]:
        if row.anki_id not in self._types:
            self._types[row.anki_id] = row.definition
            texts = [str(row.definition.get("css", ""))]
            texts += [f"{t['qfmt']} {t['afmt']}" for t in row.definition["tmpls"]]
            self._wanted |= {name for text in texts for name in names_in(text)}
        return self._types[row.anki_id]

    def _card(
        self, prompt: Prompt, note_id: int, card: Card | None, events: list[ReviewEvent]
    ) -> CardRow:
        kept = prompt.anki if prompt.note_id and prompt.anki.get("row") else None
        if kept is None:
            mod = int(prompt.updated_at.timestamp())
            place = min(prompt.position, 2**31 - 1)
            numbers = dict.fromkeys(CardRow._fields, 0)
            numbers |= {"id": _made_up(f"card {prompt.pk}"), "mod": mod, "due": place}
            start = CardRow(**{**numbers, "data": "{}"})  # type: ignore[arg-type]
        else:
            start = CardRow(*kept["row"])
        home = self._deck(prompt, start.odid or start.did)
        card_id = self._free("cards", start.id)
        start = start._replace(id=card_id, nid=note_id)
        if kept is not None and outgoing.untouched(events):
            row = outgoing.shifted(start, date.fromisoformat(kept["day0"]), self.base)
            if row.odid:
                return row._replace(did=self._filtered(kept.get("filtered"), row.did), odid=home)
            return row._replace(did=home)
        state = card.state() if card is not None else CardState(prompt.pk)
        scheduling = self.timeline.newest
        retention = scheduling.retention_for(prompt.chapter.slug if prompt.chapter else None)
        row = outgoing.written(start, state, scheduling, self.base, retention)
        return row._replace(did=home)

    def _reviews(
        self, prompt: Prompt, card_id: int, events: list[ReviewEvent]
    ) -> Iterator[RevlogRow]:
        chapter = prompt.chapter.slug if prompt.chapter else None
        for row in outgoing.reviews(events, card_id, self.timeline, chapter):
            yield row._replace(id=self._free("reviews", row.id))

    def _deck(self, prompt: Prompt, came_with: int) -> int:
        """The number of the deck that the card is in now, which it keeps from where it came."""
        title = prompt.deck.title
        name = str(prompt.anki.get("deck", "")) if prompt.note_id else ""
        if not name or (name != title and name[:50] != title[:50]):
            name, came_with = title, 0
        return self._numbered(AnkiDeck(came_with, name, prompt.deck.description))

    def _filtered(self, kept: Mapping[str, Any] | None, came_with: int) -> int:
        if kept is None:
            return self._numbered(AnkiDeck(came_with, "Filtered", filtered={}))
        return self._numbered(AnkiDeck(came_with, str(kept.get("name")), filtered=dict(kept)))

    def _numbered(self, deck: AnkiDeck) -> int:
        if deck.name in self.names:
            return self.names[deck.name]
        number = 1 if deck.name == "Default" else deck.id
        while number <= 0 or number in self.decks:
            number = _made_up(f"deck {deck.name} {number}")
        self.names[deck.name] = number
        self.decks[number] = AnkiDeck(number, deck.name, deck.description, 1, deck.filtered)
        parent = deck.name.rpartition("::")[0]
        if parent:
            self._numbered(AnkiDeck(0, parent))
        return number

    def note_types(self) -> dict[int, dict[str, Any]]:
        if 1 not in self.decks:
            self.decks[1] = AnkiDeck(1, "Default")
        return self._types

    def media(self, folder: Path, *, everything: bool) -> Iterator[tuple[str, Path]]:
        """Names and files of what the cards name; with `everything`, all of the learner's files."""
        for name, sha256 in sorted(self._media.items()):
            if everything or name in self._wanted or name.startswith("_"):
                path = media_path(sha256)
                if path.exists():
                    yield name, path
                else:
                    self.missing.add(name)
        places = {figure.removeprefix(_FIGURES).partition("/")[::2] for figure in self._figures}
        rows = Figure.objects.filter(name__in={name for _, name in places}).order_by("pk")
        for row in rows.iterator(chunk_size=20):
            if (row.chapter_slug, row.name) in places:
                path = folder / str(row.pk)
                path.write_bytes(bytes(row.data))
                yield _figure_name(f"{_FIGURES}{row.chapter_slug}/{row.name}"), path

    def _figure_names(self, flds: str) -> dict[str, str]:
        found = {name for name in names_in(flds) if name.startswith(_FIGURES)}
        self._figures |= found
        return {figure: _figure_name(figure) for figure in found}

    def _free(self, kind: str, id_: int) -> int:
        """The id, or the next one that no other row has."""
        taken = self._used[kind]
        while id_ in taken:
            id_ += 1
        taken.add(id_)
        return id_


def _figure_name(figure: str) -> str:
    return "studyhub-" + figure.removeprefix(_FIGURES).replace("/", "-")


def _day0(prompts: QuerySet[Prompt], today: date) -> date:
    """The earliest day 0 that imported cards came with; a month ago where none was imported."""
    found = prompts.exclude(note=None).order_by().values_list("anki__day0", flat=True).distinct()
    days = [date.fromisoformat(day) for day in found if day]
    return min(days, default=today - timedelta(days=30))


def _made_up(name: str) -> int:
    """An id in the shape of Anki's, which are milliseconds; the same name gives the same one."""
    digest = hashlib.sha256(name.encode()).digest()
    return _MAKE_UP_FROM + int.from_bytes(digest[:8], "big") % _MAKE_UP_SPAN


def _tags(tags: Iterable[str]) -> str:
    joined = " ".join("_".join(str(tag).split()) for tag in tags)
    return f" {joined} " if joined else ""
