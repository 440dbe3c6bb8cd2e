"""The order in which a session shows what is due and what is new."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import islice

#: How far back a question keeps those about the same thing from coming.
SPREAD = 4
#: Among so many of the most urgent a better neighbour is looked for; urgency decides the rest.
WINDOW = 8
#: Places that the queue of new cards keeps for the prompts of one chapter.
ORDERS_A_CHAPTER = 100_000
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A card that could come next; of two candidates, the earlier in the list is more urgent.

    Siblings share a fact, or were made of one imported `note`; they give each other away.
    Those of a lower `tier` come first whatever their neighbours are (an exam's chapters do).
    """

    prompt: str
    chapter: int | None = None
    facts: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    note: int | None = None
    tier: int = 0

    def is_sibling(self, other: "Candidate") -> bool:
        return bool(self.facts & other.facts) or (self.note is not None and self.note == other.note)


def arranged(
    reviews: Sequence[Candidate],
    new: Sequence[Candidate] = (),
    *,
    before: Sequence[Candidate] = (),
    done: int = 0,
    reviews_a_new: int = 1,
    limit: int | None = None,
) -> list[str]:
    """The first `limit` prompt ids (None: all): the urgent first, changed as little as needed for
    two things.

    A prompt comes after those it requires (where they are in the session too), and neighbours are
    from different chapters and no siblings where there is a choice: mixed practice is remembered
    better than blocked practice (Rohrer & Taylor 2007).

    After every `reviews_a_new` reviews comes a new card, and what remains of either at the end.
    `before` was shown last, newest last, and `done` counts the day's cards so far: with these an
    order that is built anew for each card goes on as one that was built once.
    """
    pending = {candidate.prompt for candidate in (*reviews, *new)}
    lanes = (_Lane(reviews, pending), _Lane(new, pending))
    shown = list(before[-SPREAD:])
    order: list[str] = []
    while pending and (limit is None or len(order) < limit):
        turn = is_new(done + len(order), reviews_a_new)
        first, second = reversed(lanes) if turn else lanes
        # What is required lies in either lane; in a circle, prompts come in their order.
        ready = first.ready() or second.ready() or first.any() or second.any()
        recent = shown[-SPREAD:]
        # `min` keeps the more urgent of equals.
        chosen = min(ready, key=lambda candidate: _closeness(candidate, recent))
        pending.discard(chosen.prompt)
        for lane in lanes:
            lane.waiting.pop(chosen.prompt, None)
        shown.append(chosen)
        order.append(chosen.prompt)
    return order


def reviews_a_new(reviews: int, new: int) -> int:
    """After how many reviews a new card comes, so that the new ones are spread over all reviews;
    1 where there are as many new cards or more: they never crowd out what is being forgotten."""
    return max(1, round(reviews / new)) if new else max(1, reviews)


def is_new(place: int, reviews_a_new: int) -> bool:
    """Whether the day's card number `place`, counted from 0, is to be a new one."""
    return place % (reviews_a_new + 1) == reviews_a_new


class _Lane:
    """Candidates of one kind in their order; `pending` are all that were not shown yet."""

    def __init__(self, candidates: Sequence[Candidate], pending: Set[str]) -> None:
        self.waiting = {candidate.prompt: candidate for candidate in candidates}
        self.pending = pending
        self.needs = {
            prompt: (candidate.requires & pending) - {prompt}
            for prompt, candidate in self.waiting.items()
            if candidate.requires
        }

    def ready(self) -> list[Candidate]:
        """The first few that wait for nothing."""
        needs, pending = self.needs, self.pending
        free = [
            *islice(
                (c for c in self.waiting.values() if not needs.get(c.prompt, _NONE) & pending),
                WINDOW,
            )
        ]
        return [candidate for candidate in free if candidate.tier == free[0].tier]

    def any(self) -> list[Candidate]:
        return list(islice(self.waiting.values(), WINDOW))


def _closeness(candidate: Candidate, recent: Sequence[Candidate]) -> tuple[bool, bool]:
    """Smaller is better."""
    siblings = any(candidate.is_sibling(other) for other in recent)
    same_chapter = bool(recent) and recent[-1].chapter == candidate.chapter is not None
    return (siblings, same_chapter)
