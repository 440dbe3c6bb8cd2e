"""Scheduling that came with a package, and is taken over where the learner wants it."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from quizzes.domain.errors import ImportNotFound
from quizzes.domain.events import Kind
from quizzes.models import DeckImport, ReviewEventRow
from quizzes.services.cards import record
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User

_OFFERS = UUID("6d0ee1f5-0a3b-4b9e-9a0e-6f7f7a3c9d21")


def adopt_offer(user: User, import_id: UUID, place: int, *, now: datetime) -> None:
    """Takes over the FSRS settings of a preset that came with a package.

    Doing it again changes nothing. Raises ImportNotFound where there is no such offer.
    """
    row = DeckImport.objects.filter(pk=import_id, user=user).first()
    offers = row.report.get("offers", []) if row else []
    if not 0 <= place < len(offers):
        raise ImportNotFound("There is no such offer.", cure="See the import's report.")
    event_id = uuid5(_OFFERS, f"{import_id}:{place}")
    fields = {"parameters": offers[place]["weights"], "reason": "import"}
    if offers[place]["desired_retention"] is not None:
        fields["desired_retention"] = round(offers[place]["desired_retention"], 4)
    with transaction.atomic():
        memory = locked_memory(user)
        if not ReviewEventRow.objects.filter(user=user, event_id=event_id).exists():
            record(
                memory, user, Kind.PARAMETERS, None, _OFFERS, now, event_id=event_id, fields=fields
            )
