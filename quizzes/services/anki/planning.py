"""Works out, without any lock, what a package changes: which notes, cards and events are new.

What the plan was computed from is said by `Basis`; the writer holds it against what is there once
it has the learner's lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content.models import NoteType
from quizzes.anki import history
from quizzes.anki.collection import Collection
from quizzes.anki.history import Calendar
from quizzes.anki.limits import Limits
from quizzes.anki.rows import Findings
from quizzes.domain.days import stored_zone
from quizzes.models import UserMemory
from quizzes.selectors.memory import memory_of, timeline_of
from quizzes.services.anki.rendering import Renderer
from quizzes.services.anki.shelf import MediaShelf
from studyhub.accounts.models import User


@dataclass(frozen=True)
class Basis:
    """What a plan reckons with: the learner's change number, the one of their scheduling, their
    note types (id and time) and their files (content by name)."""

    cursor: int
    settings: int
    types: dict[int, tuple[int, Any]]
    media: dict[str, str]

    @classmethod
    def of(cls, user: User, memory: UserMemory, shelf: MediaShelf) -> "Basis":
        types = NoteType.objects.filter(owner=user).values_list("anki_id", "pk", "definition__mod")
        return cls(
            memory.cursor,
            memory.settings_seq,
            {anki_id: (pk, mod) for anki_id, pk, mod in types},
            shelf.stored(),
        )

    def same_for_all(self, other: "Basis") -> bool:
        """Whether only single cards can have changed since."""
        return (self.settings, self.types, self.media) == (
            other.settings,
            other.types,
            other.media,
        )


class Planner:
    """Plans the package's notes into `plan`, batch by batch."""

    def __init__(
        self,
        user: User,
        collection: Collection,
        shelf: MediaShelf,
        now: datetime,
        limits: Limits,
    ) -> None:
        self.user, self.now = user, now
        self.collection, self.shelf, self.limits = collection, shelf, limits
        self.findings = Findings()
        """What was left out while planning."""
        # Before all that is planned with: what changes from here on is found under the lock.
        self.basis = Basis.of(user, memory_of(user), shelf)
        shelf.look()
        self.timeline = timeline_of(user.pk)
        self.calendar: Calendar = history.calendar(
            collection.created,
            collection.offset,
            collection.rollover,
            stored_zone(user.time_zone).key,
            user.rollover_hour,
        )
        self.device = history.device_of(user.pk, collection.created)
        self.types: dict[int, NoteType] = {}
        self.fresh_types: list[NoteType] = []
        self.changed_types: list[NoteType] = []
        self._look_at_types()
        self.changed_type_ids = {row.anki_id for row in self.changed_types}
        self.renderer = Renderer(
            collection, self.types, shelf.addresses, limits.rendered, self.findings
        )
        self.presets_used: set[int] = set()

    def _look_at_types(self) -> None:
        known = {row.anki_id: row for row in NoteType.objects.filter(owner=self.user)}
        for anki_id, definition in self.collection.note_types.items():
            row = known.get(anki_id)
            if row is None:
                row = NoteType(owner=self.user, anki_id=anki_id)
                self.fresh_types.append(row)
            elif row.definition == definition or not _newer(definition, row.definition):
                continue
            else:
                self.changed_types.append(row)
            row.name, row.definition = str(definition["name"])[:200], definition
        self.types = {row.anki_id: row for row in (*known.values(), *self.fresh_types)}


def _newer(definition: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    new, old = definition.get("mod"), known.get("mod")
    return isinstance(new, int) and isinstance(old, int) and new > old
