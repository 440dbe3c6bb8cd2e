"""Writes a plan under the learner's lock, after holding it against what is there by now."""

from collections.abc import Iterator

from django.db import connection

from content.domain.errors import CardConflict
from content.models import Media, Note, NoteType, Prompt
from quizzes.anki.rows import Findings
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services.anki.plan import Plan, Row
from quizzes.services.anki.planning import Basis, Planner
from quizzes.services.anki.planning_notes import plan_notes
from quizzes.services.anki.tables import CARDS, EVENTS, NOTES, PROMPTS, moment
from quizzes.services.decks import deck_titled
from studyhub.accounts.models import User

_ANEW = 300
"""Notes that are planned anew under the lock, which is half a second's work; more go without."""


def still_right(plan: Plan, planner: Planner, memory: UserMemory) -> bool:
    """Whether the plan can be written, once notes that changed meanwhile were planned anew.

    False where much changed: many notes, or what all rest on (files, note types, scheduling).
    """
    basis = planner.basis
    if not basis.same_for_all(Basis.of(planner.user, memory, planner.shelf)):
        return False
    stale = _changed_notes(plan, planner.user)
    if memory.cursor != basis.cursor:
        stale |= plan.notes_with(_changed_prompts(planner.user, basis.cursor))
    if len(stale) > _ANEW:
        return False
    plan.forget(stale)
    # What cannot be taken of these notes was said when they were planned first.
    said, planner.findings = planner.findings, Findings()
    plan_notes(planner, planner.collection.notes_of(sorted(stale)), plan)
    planner.findings = said
    return True


def _changed_prompts(user: User, cursor: int) -> Iterator[str]:
    events = ReviewEventRow.objects.filter(user=user, change_seq__gt=cursor, prompt__isnull=False)
    yield from events.values_list("prompt_id", flat=True).distinct()
    cards = Card.objects.filter(user=user, change_seq__gt=cursor)
    yield from cards.values_list("prompt_id", flat=True)
    prompts = Prompt.objects.filter(owner=user, change_seq__gt=cursor)
    yield from prompts.order_by().values_list("pk", flat=True)


def _changed_notes(plan: Plan, user: User) -> set[int]:
    """Notes that another import wrote meanwhile."""
    changed: set[int] = set()
    for met in plan.met():
        rows = Note.objects.filter(owner=user, guid__in=list(met))
        now = dict(rows.values_list("guid", "modified_at"))
        for guid, (note, modified) in met.items():
            if (moment(now[guid]) if guid in now else None) != modified:
                changed.add(note)
    return changed


def write(plan: Plan, planner: Planner, memory: UserMemory) -> None:
    """Writes all of it, in the caller's transaction and under the lock of `memory`."""
    user, base = planner.user, memory.cursor
    Media.objects.bulk_create(planner.shelf.fresh, batch_size=500)
    NoteType.objects.bulk_create(planner.fresh_types)
    NoteType.objects.bulk_update(planner.changed_types, ["name", "definition"])
    plan.set_ids("type_ids", ((row.anki_id, row.pk) for row in planner.types.values()))
    plan.set_ids("deck_ids", ((title, deck_titled(user, title).pk) for title in plan.decks()))
    for rows in plan.note_rows():
        NOTES.write(rows)
    for met in plan.met():
        notes = Note.objects.filter(owner=user, guid__in=list(met))
        plan.set_ids("note_ids", notes.values_list("guid", "pk"))
    for rows in plan.prompt_rows(base):
        if PROMPTS.write(rows) != len(rows):
            raise CardConflict("A card's id is taken.", cure="Tell the operator.")
    for rows in plan.kept_rows(base):
        _write_kept(rows, planner)
    for rows in plan.card_rows(base):
        CARDS.write(rows)
    for rows in plan.event_rows(base):
        EVENTS.write(rows)
    memory.cursor = base + plan.last
    UserMemory.objects.filter(user=user).update(cursor=memory.cursor)


def _write_kept(rows: list[Row], planner: Planner) -> None:
    cast = "::jsonb" if connection.vendor == "postgresql" else ""
    now = moment(planner.now)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Prompt._meta.db_table} SET anki = %s{cast}, change_seq = %s, updated_at = %s"
            " WHERE id = %s AND owner_id = %s",
            [(anki, number, now, prompt, planner.user.pk) for anki, number, prompt in rows],
        )
