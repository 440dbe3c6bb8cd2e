"""Finds prompts that ask for the same thing in other words.

Two prompts are compared by the words of their question and right answer: Jaccard's index of the
two sets, each word weighted by its rarity in the course (the logarithm of how many prompts there
are for each that has it), so that "test-time augmentation" counts and "how many" does not. Pairs
are found by prefix filtering (Chaudhuri, Ganti and Kaushik, ICDE 2006): two sets that are alike
enough share a word among the rarest of each. Nothing is approximated; 1,500 prompts take a
quarter of a second.

Thresholds. In the course of 1,500 prompts, pairs of prose above 0.46 were nearly all one question
asked twice, often in two chapters, and pairs below it were different questions on one subject.
Sums and code share their form with others on purpose: below 0.6 those were different tasks with
the same frame, unless the result was the same too.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from content.domain.course import PlacedPrompt
from content.domain.problems import Problem
from content.domain.prompts import CodeAnswer, NumericAnswer
from content.domain.wording import content_words, right_answer

PROSE, WORKED = 0.46, 0.6
CURE = (
    "Ask for something else, delete one, or, where one builds on the other, say so in its "
    "`requires:`."
)


def near_duplicates(prompts: Sequence[PlacedPrompt]) -> Iterator[Problem]:
    """One problem for each pair, at the later prompt. A pair of which one requires the other is
    a contrast that the author meant, and is left alone."""
    for one, other, share in _alike(prompts, min(PROSE, WORKED)):
        early, late = prompts[one], prompts[other]
        first, second = early.prompt, late.prompt
        if first.id in second.requires or second.id in first.requires or first.id == second.id:
            continue
        if share < _threshold(early, late):
            continue
        where = f"{early.place.file}:{early.place.line}"
        message = f"{second.id}: {first.id} ({where}) asks nearly the same ({share:.0%} alike)"
        yield Problem(late.place.file, late.place.line, message, CURE)


def _threshold(one: PlacedPrompt, other: PlacedPrompt) -> float:
    worked = [
        placed
        for placed in (one, other)
        if isinstance(placed.prompt.answer, NumericAnswer | CodeAnswer)
    ]
    if any(isinstance(placed.prompt.answer, CodeAnswer) for placed in worked):
        return WORKED
    same = right_answer(one.prompt) == right_answer(other.prompt)
    return WORKED if worked and not same else PROSE


def _alike(prompts: Sequence[PlacedPrompt], least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of positions, the smaller first, that share at least `least` of their weight."""
    bags = [
        content_words(f"{placed.prompt.question}\n{right_answer(placed.prompt)}")
        for placed in prompts
    ]
    counts = Counter(word for bag in bags for word in bag)
    weight = {word: math.log(1 + len(bags) / count) for word, count in counts.items()}
    totals = [sum(weight[word] for word in bag) for bag in bags]
    seen: dict[str, list[int]] = defaultdict(list)
    for at, bag in enumerate(bags):
        candidates: set[int] = set()
        left = totals[at]
        for word in sorted(bag, key=lambda word: (counts[word], word)):
            if left < least * totals[at]:
                break  # what is left is too little to make two bags alike
            candidates.update(seen[word])
            seen[word].append(at)
            left -= weight[word]
        for earlier in sorted(candidates):
            shared = sum(weight[word] for word in bag & bags[earlier])
            share = shared / (totals[at] + totals[earlier] - shared)
            if share >= least:
                yield earlier, at, share
