"""Checks that a chapter asks in several ways: recognising is easier than recalling, and a learner
who meets one kind only learns the kind.

Judged from twenty prompts on: a short chapter may do with what its subject offers. In a course of
19 chapters written to use all kinds, choices were 30 to 48 % of a chapter, choices and multiples
together 32 to 57 %, and no chapter had fewer than seven kinds.
"""

from collections import Counter
from collections.abc import Iterator

from content.domain.course import Chapter
from content.domain.problems import Problem
from content.domain.prompts import Kind

LEAST_JUDGED = 20
LEAST_KINDS = 6
MOST_OF_ONE = 0.5
MOST_RECOGNISED = 0.6


def unbalanced(chapter: Chapter) -> Iterator[Problem]:
    """What is wrong with the mix of kinds in a chapter."""
    counts = Counter(placed.prompt.kind for placed in chapter.prompts)
    total = counts.total()
    if total < LEAST_JUDGED:
        return
    file = f"{chapter.folder}/questions.md"
    missing = [kind.value for kind in Kind if not counts[kind]]
    if len(counts) < LEAST_KINDS:
        message = f"Only {len(counts)} of {len(Kind)} kinds are used in {total} prompts"
        yield Problem(file, 1, message, f"Ask some of it as {', '.join(missing)}.")
    kind, most = counts.most_common(1)[0]
    if most > MOST_OF_ONE * total:
        message = f"{most} of {total} prompts are of the kind {kind.value}, more than half"
        yield Problem(file, 1, message, "Ask some of it in other kinds.")
    recognised = counts[Kind.CHOICE] + counts[Kind.MULTIPLE]
    if recognised > MOST_RECOGNISED * total:
        message = f"{recognised} of {total} prompts show their answer among options"
        yield Problem(file, 1, message, "Ask more of it from memory: basic, short, numeric, code.")
