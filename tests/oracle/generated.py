"""Made-up histories with everything a scheduler has a rule for."""

import random

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
START_MS = 1_000_000_000_000  # 2001: Anki takes reviews of the future for earlier than they are
AGAIN, RESET = 1, 0

Row = tuple[int, int]


def history(seed: int) -> list[Row]:
    """Up to 40 (time in ms, rating) in time order: all four ratings, several reviews in a day,
    nights between them, lapses in a row, gaps of years; rating 0 says that the card was reset."""
    chance = random.Random(seed)
    at = START_MS + chance.randrange(400 * DAY_MS)
    rows: list[Row] = []
    weights = chance.choice(((2, 2, 5, 1), (1, 1, 1, 1), (5, 1, 2, 1), (0, 1, 3, 3)))
    for _ in range(chance.randint(1, 40)):
        rows.append((at, chance.choices((1, 2, 3, 4), weights)[0]))
        if chance.random() < 0.01:
            at += chance.randint(1, 600) * MINUTE_MS
            rows.append((at, RESET))
        at += _gap(chance)
    return rows


def _gap(chance: random.Random) -> int:
    kind = chance.random()
    if kind < 0.3:
        return chance.randint(MINUTE_MS, 30 * MINUTE_MS)
    if kind < 0.45:
        return chance.randint(1, 30 * HOUR_MS)
    if kind < 0.9:
        return round(DAY_MS * chance.expovariate(1 / 12)) + 1
    return chance.randint(60, 700) * DAY_MS + chance.randrange(DAY_MS)
