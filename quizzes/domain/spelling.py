"""How far apart two spellings are, and how far they may be."""

#: Shorter words differ by a letter from words that mean something else (layer, later).
TYPO_FROM, TWO_TYPOS_FROM = 6, 12
#: Typos spare the beginning of words, while prefixes turn the meaning: micro and macro.
SPARED = 3
WORD_MAX = 60
#: A word that turns a statement around is never taken for another one.
TURNING = frozenset(
    {"no", "not", "never", "none", "nor", "neither", "without", "cannot", "nothing", "non"}
)


def is_typo_of(given: str, wanted: str) -> bool:
    """Whether `given` is `wanted` with a slip of the fingers, in the plural, or the same.

    One letter may be wrong, missing, added or swapped with its neighbour in words of six letters
    or more, two from twelve on; never among the first three, nor in words with a digit.
    """
    if given == wanted or _singular(given) == _singular(wanted):
        return True
    longest = max(len(given), len(wanted))
    if not TYPO_FROM <= longest <= WORD_MAX or not (given.isalpha() and wanted.isalpha()):
        return False
    if given[:SPARED] != wanted[:SPARED] or {given, wanted} & TURNING:
        return False
    return distance(given, wanted) <= (2 if len(wanted) >= TWO_TYPOS_FROM else 1)


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > SPARED and word.isalpha() else word


def distance(one: str, other: str) -> int:
    """Optimal string alignment: single letters inserted, deleted or replaced, and neighbours
    swapped, with no letter touched twice (Damerau 1964; Boytsov 2011 on the restriction)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, a in enumerate(one, start=1):
        line = [row]
        for column, b in enumerate(other, start=1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (a != b))
            swapped = row > 1 and column > 1 and a == other[column - 2] and one[row - 2] == b
            line.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, above = above, line
    return above[-1]
