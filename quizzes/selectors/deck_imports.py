"""Files of cards that a learner sent in, how far they are, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache

from quizzes.domain.errors import ImportNotFound
from quizzes.models import DeckImport
from studyhub.accounts.models import User

_PROGRESS_SECONDS = 120
"""A worker that says nothing for so long is taken to be gone."""


@dataclass(frozen=True)
class ImportView:
    """`state` is waiting, running, done or refused; `done` of `total` notes or cards are read while
    it runs. `report` is empty until it is done; `message`, `cure` and `errors` say why it was
    refused."""

    id: UUID
    name: str
    state: str
    done: int
    total: int
    report: dict[str, Any]
    message: str
    cure: str
    errors: dict[str, list[str]]
    created_at: datetime
    ended_at: datetime | None


def imports_of(user: User, limit: int = 10) -> list[ImportView]:
    """The newest first."""
    return [_view(row) for row in DeckImport.objects.filter(user=user)[:limit]]


def deck_import(user: User, import_id: UUID) -> ImportView:
    """One import. Raises ImportNotFound."""
    row = DeckImport.objects.filter(user=user, pk=import_id).first()
    if row is None:
        raise ImportNotFound("There is no such import.", cure="See the list of your imports.")
    return _view(row)


def tell_progress(import_id: UUID, done: int | None = None, total: int = 0) -> Any:
    """Notes how far a worker is; without `done`, gives what was noted last, None for nothing.

    It stands in the cache, since the import's own transaction shows nothing before its end.
    """
    key = f"deck-import:{import_id}"
    if done is None:
        return cache.get(key)
    cache.set(key, (done, total), _PROGRESS_SECONDS)
    return done, total


def _view(row: DeckImport) -> ImportView:
    done = total = 0
    state = str(row.state)
    if state == DeckImport.State.WAITING:
        noted = tell_progress(row.pk)
        if noted is not None:
            state, (done, total) = "running", noted
    return ImportView(
        id=row.pk,
        name=row.name,
        state=state,
        done=done,
        total=total,
        report=row.report,
        message=row.refusal.get("message", ""),
        cure=row.refusal.get("cure", ""),
        errors=row.refusal.get("errors", {}),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
