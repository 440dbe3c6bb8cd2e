"""Plans one batch of notes: which rows of notes, cards and events come of them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from content.domain.errors import CardConflict
from content.domain.own import TITLE_MAX, import_id
from content.models import Deck, Note, Prompt
from quizzes.anki import history
from quizzes.anki.history import CardHistory
from quizzes.anki.rows import CardRow, NoteRow, RevlogRow
from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fold import CardState, fold
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors.memory import events_of_cards, owned_by
from quizzes.services.anki.plan import Plan
from quizzes.services.anki.planning import Planner
from quizzes.services.folding import new_order
from quizzes.services.own_cards import WRITTEN, prompt_row

IDS_AT_ONCE = 1_000


def plan_notes(planner: Planner, notes: list[NoteRow], plan: Plan) -> None:
    """Adds these notes, with their cards and reviews, to the plan."""
    _Batch(planner, notes, plan).take()


@dataclass(frozen=True)
class _Work:
    """One card of the package with its prompt here."""

    note: NoteRow
    card: CardRow
    prompt: str
    living: bool = True
    """An own prompt that is not deleted: its card is there, with or without events."""
    place: int | None = None
    """The plan's number of a prompt that is new."""
    restored: bool = False


class _Batch:
    def __init__(self, planner: Planner, batch: list[NoteRow], plan: Plan) -> None:
        self.all, self.notes, self.plan = planner, batch, plan
        self.user_id = planner.user.pk
        self.cards = planner.collection.cards_of(batch)
        self.ours = self._made_here()
        """Prompts that our own export gave to Anki, by guid: their texts are ours to change, and
        only their reviews are taken."""
        taken = {
            card.id: import_id(self.user_id, f"anki:{note.guid}:{card.ord}")
            for note in batch
            if note.guid not in self.ours
            for card in self.cards[note.id]
        }
        self.ids = taken
        self.known = Prompt.objects.in_bulk(list(taken.values()))
        if any(prompt.owner_id != self.user_id for prompt in self.known.values()):
            raise CardConflict("A card's id is taken.", cure="Tell the operator.")
        cards = Card.objects.filter(user_id=self.user_id, prompt_id__in=[*self.known, *self.ours])
        self.stored = {card.prompt_id: card for card in cards}
        self.events = events_of_cards(self.user_id, [*self.known, *self.ours])
        self.counts: dict[int, Counter[str]] = defaultdict(Counter)
        self.same: set[str] = set()
        """Prompts whose cards the package has as they were imported before."""
        self._decks: dict[int, Deck] | None = None

    def take(self) -> None:
        stored = {
            row.guid: row
            for row in Note.objects.filter(
                owner_id=self.user_id, guid__in=[note.guid for note in self.notes]
            )
        }
        work: list[_Work] = []
        for note in self.notes:
            old = stored.get(note.guid)
            self.plan.meet(note.id, note.guid, old.modified_at if old else None)
            if note.guid in self.ours:
                work += self._of_ours(note)
            else:
                work += self._of_note(note, old)
        self._plan_histories(work)
        for number, counts in self.counts.items():
            self.plan.count(number, counts)

    def _made_here(self) -> dict[str, Prompt]:
        guids = [note.guid for note in self.notes]
        found = Prompt.objects.filter(owned_by(self.user_id), pk__in=guids, note=None)
        return {prompt.pk: prompt for prompt in found.select_related("chapter")}

    def _of_ours(self, note: NoteRow) -> list[_Work]:
        self.counts[note.id]["notes unchanged"] += 1
        self.counts[note.id]["cards unchanged"] += 1
        some = self.cards[note.id][:1]
        if not self.plan.place(note.id, note.guid):
            some = []
        return [_Work(note, card, note.guid, living=False) for card in some]

    def _of_note(self, note: NoteRow, old: Note | None) -> list[_Work]:
        row, fresh = self._note(note, old)
        work = []
        for card in self.cards[note.id]:
            prompt = self.ids[card.id]
            if not self.plan.place(note.id, prompt):
                self.all.findings.add("card: another note made it already", f"card {card.id}")
                continue
            made = self._card(note, card, row, fresh)
            if made is not None:
                work.append(made)
        return work

    def _note(self, note: NoteRow, row: Note | None) -> tuple[Note, bool]:
        """The note's row, and whether its cards have to be made anew."""
        counts = self.counts[note.id]
        modified = datetime.fromtimestamp(note.mod, UTC)
        changed_type = note.mid in self.all.changed_type_ids
        if row is not None and modified <= row.modified_at:
            counts["notes unchanged"] += 1
            return row, changed_type
        counts["notes changed" if row is not None else "notes created"] += 1
        row = row or Note(owner_id=self.user_id, guid=note.guid)
        row.anki_id, row.modified_at = note.id, modified
        row.fields = self.all.shelf.with_new_names(note.flds).split("\x1f")
        row.tags = note.tags.split()
        self.plan.add_note(note.id, note.mid, row)
        return row, True

    def _card(self, note: NoteRow, card: CardRow, row: Note, fresh: bool) -> _Work | None:
        counts = self.counts[note.id]
        prompt = self.ids[card.id]
        old = self.known.get(prompt)
        if old is not None and self._deleted_here(old):
            counts["cards unchanged"] += 1
            return _Work(note, card, prompt, living=False)
        if old is not None and old.retired_at is None and not fresh:
            counts["cards unchanged"] += 1
            self._newer_row(note, old, card)
            return _Work(note, card, prompt)
        kept = self._kept(card, old.anki if old else {})
        made = self.all.renderer.finished(note, card, prompt, row, kept)
        if made is None:
            return None
        new = prompt_row(made, old)
        new.owner_id, new.updated_at = self.user_id, self.all.now
        home = self.all.collection.deck_of(card.odid or card.did).name
        if old is None or old.retired_at is not None:
            counts["cards created"] += 1
            number = self.plan.add_prompt(note.id, note.guid, _title(home), None, new)
            return _Work(
                note,
                card,
                prompt,
                place=number if old is None else None,
                restored=old is not None,
            )
        new.deck_id = old.deck_id  # the learner may have moved it
        if any(getattr(old, name) != getattr(new, name) for name in WRITTEN):
            counts["cards changed"] += 1
            self.plan.add_prompt(note.id, note.guid, "", old.deck_id, new)
        else:
            counts["cards unchanged"] += 1
        return _Work(note, card, prompt)

    def _kept(self, card: CardRow, before: Mapping[str, Any]) -> dict[str, Any]:
        """What an export needs of the card; the newer of two rows."""
        if before.get("row") and before["row"][4] > card.mod:
            return dict(before)
        collection = self.all.collection
        home = collection.deck_of(card.odid or card.did)
        self.all.presets_used.add(home.preset)
        kept: dict[str, Any] = {
            "row": list(card),
            "deck": home.name,
            "day0": self.all.calendar.created.isoformat(),
        }
        held = collection.deck_of(card.did) if card.odid else home
        if held.filtered is not None:
            kept["filtered"] = {"id": held.id, "name": held.name, **held.filtered}
        return kept

    def _newer_row(self, note: NoteRow, old: Prompt, card: CardRow) -> None:
        kept = self._kept(card, old.anki)
        if kept == old.anki:
            self.same.add(old.pk)
        else:
            self.plan.add_kept(note.id, old.pk, json.dumps(kept))

    def _deleted_here(self, prompt: Prompt) -> bool:
        """Whether the learner deleted this card. One that went with its deck comes back."""
        if prompt.retired_at is None:
            return False
        if self._decks is None:
            self._decks = Deck.objects.filter(owner_id=self.user_id).in_bulk()
        return self._decks[prompt.deck_id].retired_at is None

    # -- history ------------------------------------------------------------------------------
    def _plan_histories(self, work: Iterable[_Work]) -> None:
        reviews = self.all.collection.reviews_of(one.card.id for one in work)
        found = [(one, *self._history(one, reviews[one.card.id])) for one in work]
        # An id that the log has for another card belongs to that one.
        elsewhere = self._stored_ids([event.id for _, fresh, _ in found for event in fresh])
        for one, fresh, state in found:
            foreign = [event for event in fresh if event.id in elsewhere]
            for event in foreign:
                self.all.findings.add("review: another card has it", str(event.id))
            if foreign:
                fresh = [event for event in fresh if event.id not in elsewhere]
                state = self._folded(one.prompt, [*self.events.get(one.prompt, []), *fresh])
            self.plan.add_events(one.note.id, fresh)
            concerns = any(event.kind is not Kind.PRACTICE for event in fresh)
            self._plan_card(one, state if concerns else None, concerns)

    def _stored_ids(self, ids: list[UUID]) -> set[UUID]:
        found: set[UUID] = set()
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            rows = ReviewEventRow.objects.filter(user_id=self.user_id, event_id__in=some)
            found.update(rows.values_list("event_id", flat=True))
        return found

    def _plan_card(self, one: _Work, state: CardState | None, concerns: bool) -> None:
        """The card's row, where it has to change. `state` matters where new events concern it."""
        card = self.stored.get(one.prompt)
        added = one.living or (card is not None and card.added)
        if concerns:
            target, removed = state or CardState(one.prompt), state is None and not added
        elif card is not None:
            target, removed = card.state(), card.removed and not one.living
        else:
            target, removed = CardState(one.prompt), not added
        if card is None and removed:
            return
        was = None if card is None else (card.added, card.removed, card.state())
        if was == (added, removed, target) and not one.restored:
            return
        prompt = self.known.get(one.prompt) or self.ours.get(one.prompt)
        self.plan.add_card(
            one.note.id,
            target,
            added=added,
            removed=removed,
            place=one.place,
            new_order=new_order(prompt) if prompt is not None else 0,
        )

    def _history(
        self, one: _Work, rows: list[RevlogRow]
    ) -> tuple[list[ReviewEvent], CardState | None]:
        """The card's events that are not stored yet, and its state with them."""
        stored = self.events.get(one.prompt, [])
        counts = self.counts[one.note.id]
        if one.prompt in self.same and {row.id for row in rows} <= history.row_ids(stored):
            counts["reviews known"] += len(rows)
            return [], None
        of_card = CardHistory(
            one.prompt,
            self.user_id,
            f"{one.note.guid}:{one.card.ord}",
            self.all.device,
            self.all.calendar,
            self.all.now,
        )
        known = {event.id for event in stored}
        came_back = history.exported_from(stored, rows)
        reviews = [
            event
            for event in of_card.reviews(rows)
            if event.anki is None or event.anki["id"] not in came_back
        ]
        fresh = [event for event in reviews if event.id not in known]
        created = sum(event.anki is not None for event in fresh)
        met_again = sum(event.anki is not None and event.id in known for event in reviews)
        counts["reviews created"] += created
        counts["reviews known"] += len(came_back) + met_again
        everything = [*stored, *fresh]
        before = of_card.up_to(everything, of_card.when(one.card, rows))
        then = fold(before, self.all.timeline)
        said = [e for e in of_card.state(one.card, rows, then) if e.id not in known]
        if not said and len(before) == len(everything) and one.prompt not in self.ours:
            return fresh, then
        return [*fresh, *said], self._folded(one.prompt, [*everything, *said])

    def _folded(self, prompt: str, events: list[ReviewEvent]) -> CardState | None:
        ours = self.ours.get(prompt)
        chapter = ours.chapter.slug if ours is not None and ours.chapter is not None else None
        return fold(events, self.all.timeline, chapter)


def _title(name: str) -> str:
    title = name if len(name) <= TITLE_MAX else f"{name[: TITLE_MAX - 1]}…"
    return title.strip() or "Deck"
