"""Folds a learner's cards anew where their settings changed what past reviews meant.

New weights change every card's memory; settings that arrive out of order change due dates as
well. A small collection is folded at once. A large one is done by a task, a part at a time, each in
a transaction of its own under the learner's lock: what is wanted and how far it is stands in the
learner's row, so the task may end anywhere and begin again, twice at once too. Meanwhile the
intake folds every card that it touches from its first event.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import QuerySet

from quizzes.domain.events import ReviewEvent
from quizzes.domain.timeline import Timeline, first_difference, timeline
from quizzes.models import Card, UserMemory
from quizzes.queue import send_refold_after_commit
from quizzes.selectors.memory import settings_events, timeline_of
from quizzes.services.folding import folded, write_states
from quizzes.services.stored import places_and_cards
from studyhub.base.statements import outgoing

AT_ONCE = 200  # cards; some 0.1 s, which a request may take
PART = 200


def settings_changed(
    memory: UserMemory, fresh: Sequence[ReviewEvent], touched: Collection[str]
) -> bool:
    """After `fresh` settings events were stored: says whether past reviews mean something else.

    Then cards are folded, or a task is asked to; `touched` ones are left to the caller.
    """
    events = settings_events(memory.user_id)
    new = {event.id for event in fresh}
    before = timeline(event for event in events if event.id not in new)
    after = timeline(events)
    memory.settings_seq = memory.next_seq()
    if not _past_changed(memory, before, after):
        return False
    wanting = _with_reviews(memory)
    count = wanting.count()
    if count <= AT_ONCE:
        _fold(memory, [p for p in _prompts(wanting) if p not in touched], after)
        memory.refold_wanted = None
        return True
    memory.refold_wanted = memory.settings_seq
    memory.refold_after = 0
    memory.refold_done, memory.refold_total = 0, count
    send_refold_after_commit(memory.user_id)
    return True


def _past_changed(memory: UserMemory, before: Timeline, after: Timeline) -> bool:
    if before.newest.weights != after.newest.weights:
        return True
    since = first_difference(before, after)
    # The head is the last event of any kind, so this may fold once too often, never too seldom.
    return since is not None and _with_reviews(memory).filter(head_at__gte=since[0]).exists()


def refold_cards(user_id: int) -> None:
    """Brings all cards of the learner up to the newest parameters; does nothing where they are."""
    while _refold_part(user_id):
        pass


def refold_waiting() -> None:
    """The same for every learner whose refolding was asked for and is not done."""
    waiting = UserMemory.objects.filter(refold_wanted__isnull=False)
    for user_id in waiting.values_list("user_id", flat=True):
        refold_cards(user_id)


def _refold_part(user_id: int) -> bool:
    """Folds the next cards; False where none are left."""
    with transaction.atomic():
        memory = UserMemory.objects.select_for_update().filter(user=user_id).first()
        if memory is None or memory.refold_wanted is None:
            return False
        left = _with_reviews(memory).filter(pk__gt=memory.refold_after).order_by("pk")
        part = dict(left.values_list("pk", "prompt_id")[:PART])
        if part:
            _fold(memory, list(part.values()), timeline_of(user_id))
            memory.refold_after = max(part)
            memory.refold_done = min(memory.refold_done + len(part), memory.refold_total)
        if len(part) < PART:
            memory.refold_wanted = None
            memory.refold_done = memory.refold_total
        memory.settings_seq = memory.next_seq()
        memory.save()
    return len(part) == PART


def _with_reviews(memory: UserMemory) -> QuerySet[Card]:
    """Cards that have a memory; settings change nothing about the others."""
    return Card.objects.filter(user_id=memory.user_id, removed=False, reps__gt=0)


def _prompts(cards: QuerySet[Card]) -> list[str]:
    return list(cards.values_list("prompt_id", flat=True))


def _fold(memory: UserMemory, prompts: Sequence[str], settings: Timeline) -> None:
    cards = places_and_cards(memory.user_id, prompts)[1]
    with outgoing(len(prompts)) as out:
        write_states(out, memory, folded(memory, prompts, settings), cards)
