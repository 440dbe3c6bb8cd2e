"""The order in which a session shows what is due."""

from collections.abc import Sequence
from dataclasses import dataclass

#: How far back a question keeps its chapter and its facts from coming again.
SPREAD = 2


@dataclass(frozen=True)
class Candidate:
    """A card that could come next; of two candidates, the earlier in the list is more urgent."""

    prompt: str
    chapter: int | None = None
    facts: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()


def arranged(candidates: Sequence[Candidate]) -> list[str]:
    """Prompt ids, the urgent first, changed as little as needed for two things.

    A prompt comes after those it requires (where they are in the session too), and neighbours are
    from different chapters and about different facts where there is a choice: mixed practice is
    remembered better than blocked practice (Rohrer & Taylor 2007), and siblings give each other
    away.
    """
    waiting = list(candidates)
    shown: list[Candidate] = []
    while waiting:
        pending = {candidate.prompt for candidate in waiting}
        ready = [c for c in waiting if not c.requires & (pending - {c.prompt})]
        recent = shown[-SPREAD:]
        # Prompts that require each other in a circle are shown in their order.
        chosen = min(ready or waiting, key=lambda candidate: _closeness(candidate, recent))
        waiting.remove(chosen)
        shown.append(chosen)
    return [candidate.prompt for candidate in shown]


def _closeness(candidate: Candidate, recent: Sequence[Candidate]) -> tuple[bool, bool]:
    """Smaller is better; `min` keeps the more urgent of equals."""
    siblings = any(candidate.facts & other.facts for other in recent)
    same_chapter = bool(recent) and recent[-1].chapter == candidate.chapter is not None
    return (siblings, same_chapter)
