"""A learner's leeches, with what each is probably confused with."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression

from content.models import Prompt
from quizzes.domain.leeches import half
from quizzes.models import LEECH_LAPSES, Card, UserMemory
from studyhub.accounts.models import User

#: The partial index of lapses begins here.
_INDEXED = 2
PAGE, PAGE_MAX = 20, 100


@dataclass(frozen=True)
class Leech:
    """`confused_with` is the learner's card that shares most facts with it, the oftenest missed of
    those; None where none does."""

    card: int
    prompt: Prompt
    lapses: int
    reps: int
    suspended: bool
    confused_with: Prompt | None


def leech_count(user: User) -> int:
    """How many there are to do something about: not those that are suspended already."""
    return _leeches(user).filter(suspended=False).count()


def leeches(
    user: User, *, after: tuple[int, int] | None = None, limit: int = PAGE
) -> tuple[list[Leech], tuple[int, int] | None]:
    """Leeches, the oftenest missed first, and where the next page begins (None: no more).

    `after` is (lapses, card id) of the last one seen.
    """
    limit = max(1, min(limit, PAGE_MAX))
    rows = _leeches(user).select_related("prompt__chapter", "prompt__section")
    if after is not None:
        lapses, card = after
        rows = rows.filter(Q(lapses__lt=lapses) | Q(lapses=lapses, pk__gt=card))
    page = list(rows.order_by("-lapses", "pk")[: limit + 1])
    shown = page[:limit]
    siblings = _confused(user, shown)
    found = [
        Leech(card.pk, card.prompt, card.lapses, card.reps, card.suspended, siblings.get(card.pk))
        for card in shown
    ]
    return found, (shown[-1].lapses, shown[-1].pk) if len(page) > limit else None


def leech_lapses(user: User) -> int:
    """The number of lapses from which on a card of theirs is a leech."""
    memory = UserMemory.objects.filter(user=user).only("leech_lapses").first()
    return max(memory.leech_lapses if memory else LEECH_LAPSES, _INDEXED)


def _leeches(user: User) -> QuerySet[Card]:
    threshold = leech_lapses(user)
    # More of domain.leeches.steps than when the learner kept it; both databases cut fractions off.
    spoken, kept = _steps(F("lapses"), threshold), _steps(F("leech_kept"), threshold)
    return Card.objects.alias(spoken=spoken, kept=kept).filter(
        Q(leech_kept__lt=threshold) | Q(spoken__gt=F("kept")),
        user=user,
        removed=False,
        lapses__gte=threshold,
        prompt__retired_at=None,
    )


def _steps(lapses: F, threshold: int) -> CombinedExpression:
    return CombinedExpression(
        CombinedExpression(lapses, "-", Value(threshold), IntegerField()),
        "/",
        Value(half(threshold)),
        IntegerField(),
    )


def _confused(user: User, cards: Iterable[Card]) -> dict[int, Prompt]:
    """For each card the other card of the learner in its chapter that shares most of its facts."""
    wanted = [card for card in cards if card.prompt.facts and card.prompt.chapter_id]
    if not wanted:
        return {}
    chapters = {card.prompt.chapter_id for card in wanted}
    others = Card.objects.filter(user=user, removed=False, prompt__chapter__in=chapters)
    by_chapter: dict[int | None, list[tuple[str, frozenset[str], int]]] = defaultdict(list)
    for pk, chapter, facts, lapses in others.values_list(
        "prompt_id", "prompt__chapter_id", "prompt__facts", "lapses"
    ):
        by_chapter[chapter].append((pk, frozenset(facts), lapses))
    chosen: dict[int, str] = {}
    for card in wanted:
        facts = frozenset(card.prompt.facts)
        near = [
            (len(facts & theirs), lapses, pk)
            for pk, theirs, lapses in by_chapter[card.prompt.chapter_id]
            if pk != card.prompt_id and facts & theirs
        ]
        if near:
            chosen[card.pk] = max(near)[2]
    prompts = Prompt.objects.select_related("chapter", "section").in_bulk(set(chosen.values()))
    return {card: prompts[pk] for card, pk in chosen.items()}
