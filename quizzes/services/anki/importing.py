"""Imports an Anki package: decks, cards, review history and media, all of it or nothing.

The same package again changes nothing: notes are known by their guid, cards by guid and template,
reviews by their time. A newer export updates what is newer in it and adds what is new; what was
studied here meanwhile stays.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from content.domain.own import TITLE_MAX, FinishedPrompt, import_id
from content.models import Deck, Note, NoteType, Prompt
from quizzes.anki import history
from quizzes.anki.archive import Package
from quizzes.anki.collection import Collection, opened
from quizzes.anki.history import Calendar, CardHistory
from quizzes.anki.limits import LIMITS, Limits
from quizzes.anki.rows import CardRow, Findings, NoteRow, RevlogRow
from quizzes.domain.events import ReviewEvent
from quizzes.domain.fold import fold
from quizzes.domain.fsrs import problems_with
from quizzes.domain.scheduler import RETENTION_MAX, RETENTION_MIN
from quizzes.models import UserMemory
from quizzes.selectors.memory import events_of_cards, owned_by, timeline_of
from quizzes.services.anki.rendering import Renderer
from quizzes.services.anki.report import ImportReport, Offer
from quizzes.services.anki.shelf import MediaShelf
from quizzes.services.decks import deck_titled
from quizzes.services.intake import CREATED, DUPLICATE, append, locked_memory
from quizzes.services.own_cards import put_prompts
from studyhub.accounts.models import User

BATCH = 300
EVENTS_AT_ONCE = 2_000
Progress = Callable[[int, int], None]
"""Called with how many notes are done and how many there are."""


def _silent(done: int, total: int) -> None:
    """Nobody is told."""


def import_package(
    user: User,
    path: Path,
    *,
    now: datetime,
    progress: Progress = _silent,
    limits: Limits = LIMITS,
) -> ImportReport:
    """Takes in the package or collection at `path`. Raises PackageInvalid, PackageTooLarge or
    PackageTooNew, and then nothing was imported."""
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    findings = Findings()
    with (
        Package(path, limits) as package,
        opened(package, findings, limits) as collection,
        transaction.atomic(),
    ):
        memory = locked_memory(user)
        shelf = MediaShelf(user, findings)
        shelf.take_all(package)
        work = _Import(user, memory, collection, shelf, now, limits)
        total = collection.counts["notes"]
        for place, batch in enumerate(collection.note_batches(BATCH)):
            progress(place * BATCH, total)
            work.take(batch)
        memory.save()
        progress(total, total)
    return work.reported()


class _Import:
    def __init__(
        self,
        user: User,
        memory: UserMemory,
        collection: Collection,
        shelf: MediaShelf,
        now: datetime,
        limits: Limits,
    ) -> None:
        self.user = user
        self.memory = memory
        self.collection = collection
        self.shelf = shelf
        self.now = now
        self.report = ImportReport(media=shelf.created)
        self.timeline = timeline_of(user.pk)
        self.calendar: Calendar = history.calendar(
            collection.created,
            collection.offset,
            collection.rollover,
            user.time_zone,
            user.rollover_hour,
        )
        self.device = history.device_of(user.pk, collection.created)
        self.types, self.changed_types = self._note_types()
        self.renderer = Renderer(collection, self.types, shelf.addresses, limits.rendered)
        self.decks: dict[str, Deck] = {}
        self.presets_used: set[int] = set()
        self._own_decks: dict[int, Deck] = {}
        self._same: set[str] = set()
        """Prompts whose cards the package has as they were imported before."""

    def reported(self) -> ImportReport:
        self.report.decks = sorted(deck.title for deck in self.decks.values())
        self.report.left_out = self.collection.findings.as_json()
        for number in sorted(self.presets_used):
            preset = self.collection.presets.get(number)
            if preset is None or not preset.weights or problems_with(preset.weights):
                continue
            wanted = preset.desired_retention
            if wanted is not None and not RETENTION_MIN <= wanted <= RETENTION_MAX:
                wanted = None
            self.report.offers.append(Offer(preset.name, list(preset.weights), wanted))
        return self.report

    def take(self, batch: list[NoteRow]) -> None:
        """One batch of notes with their cards and reviews."""
        cards = self.collection.cards_of(batch)
        rows = self.collection.reviews_of(card.id for some in cards.values() for card in some)
        ours = self._made_here(batch)
        taken = [note for note in batch if note.guid not in ours]
        notes, fresh = self._put_notes(taken)
        ids = {
            card.id: import_id(self.user.pk, f"anki:{note.guid}:{card.ord}")
            for note in taken
            for card in cards[note.id]
        }
        known = Prompt.objects.filter(owner=self.user).in_bulk(list(ids.values()))
        finished: dict[str, list[FinishedPrompt]] = {}
        kept: list[Prompt] = []
        for note in taken:
            for card in cards[note.id]:
                old = known.get(ids[card.id])
                if old is not None and self._deleted_here(old):
                    self.report.cards["unchanged"] += 1
                elif old is None or old.retired_at is not None or note.guid in fresh:
                    kept_row = self._kept(card, old.anki if old else {})
                    made = self.renderer.finished(
                        note, card, ids[card.id], notes[note.guid], kept_row
                    )
                    if made is not None:
                        finished.setdefault(self._deck(card), []).append(made)
                        continue
                    ids.pop(card.id)
                else:
                    kept.append(old)
                    self._newer_row(old, card)
        self._put(finished, known, kept)
        for note in batch:
            if note.guid in ours:
                ids |= {card.id: note.guid for card in cards[note.id][:1]}
                self.report.notes["unchanged"] += 1
                self.report.cards["unchanged"] += 1
        self._put_history(batch, cards, rows, ids)

    def _made_here(self, batch: list[NoteRow]) -> set[str]:
        """Guids of cards that our own export gave to Anki: their texts are ours to change, and only
        their reviews are taken."""
        found = Prompt.objects.filter(
            owned_by(self.user.pk), pk__in=[note.guid for note in batch], note=None
        )
        return set(found.values_list("pk", flat=True))

    def _note_types(self) -> tuple[dict[int, NoteType], set[int]]:
        """The learner's rows of the package's note types, by Anki's id, and those that changed."""
        known = {row.anki_id: row for row in NoteType.objects.filter(owner=self.user)}
        create, update = [], []
        for anki_id, definition in self.collection.note_types.items():
            row = known.get(anki_id)
            if row is None:
                row = NoteType(owner=self.user, anki_id=anki_id)
                create.append(row)
            elif row.definition == definition or not _newer(definition, row.definition):
                continue
            else:
                update.append(row)
            row.name, row.definition = str(definition["name"])[:200], definition
        NoteType.objects.bulk_create(create)
        NoteType.objects.bulk_update(update, ["name", "definition"])
        return (
            {row.anki_id: row for row in (*known.values(), *create)},
            {row.anki_id for row in update},
        )

    def _put_notes(self, batch: list[NoteRow]) -> tuple[dict[str, Note], set[str]]:
        """The rows by guid, and the guids whose cards have to be made anew."""
        guids = [note.guid for note in batch]
        known = {row.guid: row for row in Note.objects.filter(owner=self.user, guid__in=guids)}
        create, update, fresh = [], [], set()
        for note in batch:
            row = known.get(note.guid)
            modified = datetime.fromtimestamp(note.mod, UTC)
            new = row is None
            if row is None:
                row = Note(owner=self.user, guid=note.guid)
                known[note.guid] = row
                create.append(row)
                fresh.add(note.guid)
            elif note.mid in self.changed_types:
                fresh.add(note.guid)
            if not new and modified <= row.modified_at:
                self.report.notes["unchanged"] += 1
                continue
            self.report.notes["created" if new else "changed"] += 1
            fresh.add(note.guid)
            row.note_type = self.types[note.mid]
            row.anki_id, row.modified_at = note.id, modified
            row.fields = self.shelf.with_new_names(note.flds).split("\x1f")
            row.tags = note.tags.split()
            if not new:
                update.append(row)
        Note.objects.bulk_create(create)
        Note.objects.bulk_update(
            update, ["note_type", "anki_id", "modified_at", "fields", "tags"], batch_size=200
        )
        return known, fresh

    def _kept(self, card: CardRow, before: Mapping[str, Any]) -> dict[str, Any]:
        """What an export needs of the card; the newer of two rows."""
        if before.get("row") and before["row"][4] > card.mod:
            return dict(before)
        home = self.collection.deck_of(card.odid or card.did)
        self.presets_used.add(home.preset)
        kept: dict[str, Any] = {
            "row": list(card),
            "deck": home.name,
            "day0": self.calendar.created.isoformat(),
        }
        held = self.collection.deck_of(card.did) if card.odid else home
        if held.filtered is not None:
            kept["filtered"] = {"id": held.id, "name": held.name, **held.filtered}
        return kept

    def _newer_row(self, old: Prompt, card: CardRow) -> None:
        """Sets `old.anki` where the package's row of the card is newer than the kept one."""
        kept = self._kept(card, old.anki)
        if kept == old.anki:
            self._same.add(old.pk)
        else:
            old.anki = kept
            old.change_seq = self.memory.next_seq()
            old.updated_at = self.now

    def _deck(self, card: CardRow) -> str:
        return self.collection.deck_of(card.odid or card.did).name

    def _deck_row(self, name: str) -> Deck:
        title = name if len(name) <= TITLE_MAX else f"{name[: TITLE_MAX - 1]}…"
        if name not in self.decks:
            self.decks[name] = deck_titled(self.user, title.strip() or "Deck")
        return self.decks[name]

    def _put(
        self,
        finished: dict[str, list[FinishedPrompt]],
        known: Mapping[str, Prompt],
        kept: list[Prompt],
    ) -> None:
        counts = self.report.cards
        for name, prompts in finished.items():
            by_deck: dict[int, list[FinishedPrompt]] = {}
            decks = {}
            for prompt in prompts:
                old = known.get(prompt.own.id)
                stays = old is not None and old.retired_at is None
                deck = self._own_deck(old) if stays and old is not None else self._deck_row(name)
                decks[deck.pk] = deck
                by_deck.setdefault(deck.pk, []).append(prompt)
            for pk, some in by_deck.items():
                written = put_prompts(self.memory, decks[pk], some, now=self.now)
                counts["created"] += len(written.created) + len(written.restored)
                counts["changed"] += len(written.changed)
                counts["unchanged"] += len(written.unchanged)
        changed = [prompt for prompt in kept if prompt.updated_at == self.now]
        Prompt.objects.bulk_update(changed, ["anki", "change_seq", "updated_at"], batch_size=200)
        counts["unchanged"] += len(kept)

    def _deleted_here(self, prompt: Prompt) -> bool:
        """Whether the learner deleted this card. One that went with its deck comes back."""
        return prompt.retired_at is not None and self._own_deck(prompt).retired_at is None

    def _own_deck(self, prompt: Prompt) -> Deck:
        """The deck that the learner has the card in, which need not be Anki's any more."""
        if prompt.deck_id not in self._own_decks:
            self._own_decks = Deck.objects.filter(owner=self.user).in_bulk()
        return self._own_decks[prompt.deck_id]

    def _put_history(
        self,
        batch: list[NoteRow],
        cards: Mapping[int, list[CardRow]],
        rows: Mapping[int, list[RevlogRow]],
        ids: Mapping[int, str],
    ) -> None:
        stored = events_of_cards(self.user.pk, ids.values())
        waiting: list[ReviewEvent] = []
        for note in batch:
            for card in cards[note.id]:
                prompt = ids.get(card.id)
                if prompt is None:
                    continue
                waiting += self._history(note, card, rows[card.id], prompt, stored[prompt])
                if len(waiting) >= EVENTS_AT_ONCE:
                    self._append(waiting)
                    waiting = []
        self._append(waiting)

    def _history(
        self,
        note: NoteRow,
        card: CardRow,
        rows: list[RevlogRow],
        prompt: str,
        stored: list[ReviewEvent],
    ) -> list[ReviewEvent]:
        """The card's events that are not stored yet."""
        if prompt in self._same and {row.id for row in rows} <= history.row_ids(stored):
            self.report.reviews["known"] += len(rows)
            return []
        of_card = CardHistory(
            prompt, self.user.pk, f"{note.guid}:{card.ord}", self.device, self.calendar, self.now
        )
        known = {event.id for event in stored}
        came_back = history.exported_from(stored, rows)
        reviews = [
            event
            for event in of_card.reviews(rows)
            if event.anki is None or event.anki["id"] not in came_back
        ]
        self.report.reviews["known"] += len(came_back)
        fresh = [event for event in reviews if event.id not in known]
        self.report.reviews["created"] += sum(event.anki is not None for event in fresh)
        self.report.reviews["known"] += sum(
            event.anki is not None and event.id in known for event in reviews
        )
        before = of_card.up_to([*stored, *fresh], of_card.when(card, rows))
        state = of_card.state(card, rows, fold(before, self.timeline))
        return fresh + [event for event in state if event.id not in known]

    def _append(self, events: list[ReviewEvent]) -> None:
        for result in append(self.memory, events, received=self.now) if events else ():
            if result.status not in (CREATED, DUPLICATE):
                self.collection.findings.add(f"review: {result.reason}", str(result.id))


def _newer(definition: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    new, old = definition.get("mod"), known.get("mod")
    return isinstance(new, int) and isinstance(old, int) and new > old
