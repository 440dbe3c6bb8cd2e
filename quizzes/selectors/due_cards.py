"""A learner's cards as plans look at them: when they are due, and what they would be worth."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from content.models import Prompt
from quizzes.domain.balance import DueCard
from quizzes.domain.exam import Held
from quizzes.domain.fsrs import Memory
from quizzes.domain.scheduler import Phase, Scheduling
from quizzes.domain.workload import HeldCard
from quizzes.models import Card
from quizzes.selectors.memory import study_days_of
from studyhub.accounts.models import User


def awake(user: User) -> QuerySet[Card]:
    """Cards that can come up: neither suspended nor removed nor about a retired prompt."""
    return Card.objects.filter(
        user=user, suspended=False, removed=False, prompt__retired_at=None
    ).order_by()


def in_review(user: User) -> QuerySet[Card]:
    """Cards whose due dates may be moved: those in learning are due within minutes."""
    return awake(user).filter(phase=Phase.REVIEW)


def due_cards(user: User, cards: QuerySet[Card] | None = None) -> list[DueCard]:
    """All cards in review, or `cards` of them, each with the study day on which it is due; in no
    order."""
    day = study_days_of(user)
    rows = (in_review(user) if cards is None else cards).values_list(
        "prompt_id",
        "due",
        "due_base",
        "last_day",
        "interval",
        "stability",
        "difficulty",
        "prompt__chapter__slug",
    )
    return [
        DueCard(
            prompt=prompt,
            due=day(due),
            base=day(base or due),
            last_day=last_day,
            interval=max(interval, 1),
            memory=Memory(stability, difficulty),
            moved=base is not None and base != due,
            chapter=chapter,
        )
        for prompt, due, base, last_day, interval, stability, difficulty, chapter in rows
        if due is not None and last_day is not None
        if stability is not None and difficulty is not None
    ]


def reviewed_on(user: User, today: date) -> int:
    """How many cards, begun on an earlier day, were reviewed on this study day."""
    return Card.objects.filter(user=user, last_day=today, first_day__lt=today).count()


@dataclass(frozen=True)
class Bank:
    """The prompts of some chapters: `titles` by slug of those that exist; `missing` counts, by
    slug, the prompts that are no cards of the learner's yet."""

    titles: dict[str, str]
    missing: dict[str, int]


def bank_of(user: User, chapters: Collection[str]) -> Bank:
    prompts = Prompt.objects.filter(
        chapter__slug__in=chapters, chapter__retired_at=None, retired_at=None
    ).order_by()
    rows = prompts.values_list("pk", "chapter__slug", "chapter__title")
    held = set(
        Card.objects.filter(user=user, removed=False, prompt__chapter__slug__in=chapters)
        .order_by()
        .values_list("prompt_id", flat=True)
    )
    titles: dict[str, str] = {}
    missing: dict[str, int] = {}
    for prompt, slug, title in rows:
        titles[str(slug)] = str(title)
        missing[str(slug)] = missing.get(str(slug), 0) + (prompt not in held)
    return Bank(titles, missing)


def held_for(
    user: User, chapters: Collection[str], bank: Bank, today: date, scheduling: Scheduling
) -> Held:
    """All that an exam about these chapters is weighed by."""
    inside: list[HeldCard] = []
    others: list[HeldCard] = []
    waiting = dict(bank.missing)
    orders: list[int] = []
    other_orders: list[int] = []
    for chapter, order, card in _held(user, awake(user), today, scheduling):
        if card is not None:
            (inside if chapter in waiting else others).append(card)
        elif chapter in waiting:
            waiting[chapter] += 1
            orders.append(order)
        else:
            other_orders.append(order)
    first = min(orders, default=0)
    return Held(
        inside=inside,
        others=others,
        waiting=waiting,
        added=sum(bank.missing.values()),
        other_new=len(other_orders),
        ahead=sum(order < first for order in other_orders),
    )


def held_by_chapter(
    user: User, chapters: Collection[str], today: date, scheduling: Scheduling
) -> dict[str, Held]:
    """The cards of each chapter as an exam weighs them, without any others."""
    inside: dict[str, list[HeldCard]] = {slug: [] for slug in chapters}
    waiting = dict.fromkeys(chapters, 0)
    rows = awake(user).filter(prompt__chapter__slug__in=chapters)
    for slug, _, card in _held(user, rows, today, scheduling):
        if card is not None:
            inside[slug].append(card)
        else:
            waiting[slug] += 1
    return {slug: Held(inside[slug], [], {slug: waiting[slug]}) for slug in chapters}


def _held(
    user: User, cards: QuerySet[Card], today: date, scheduling: Scheduling
) -> Iterator[tuple[str, int, HeldCard | None]]:
    """Of each card its chapter (empty for the learner's own), its place among the new ones, and
    the card with its memory; None where it has none yet."""
    day = study_days_of(user)
    rows = cards.values_list(
        "prompt__chapter__slug", "new_order", "stability", "difficulty", "last_day", "due"
    )
    for chapter, order, stability, difficulty, last_day, due in rows:
        held = None
        if stability is not None and difficulty is not None and last_day is not None:
            held = HeldCard(
                memory=Memory(stability, difficulty),
                elapsed=max(0, (today - last_day).days),
                due=(day(due) - today).days if due is not None else 0,
                desired=scheduling.retention_for(chapter),
            )
        yield chapter or "", order, held


def together(held: Mapping[str, Held], chapters: Collection[str]) -> Held:
    """Several chapters as one exam."""
    return Held(
        inside=[card for slug in chapters for card in held[slug].inside],
        others=[],
        waiting={slug: held[slug].waiting[slug] for slug in chapters},
    )
