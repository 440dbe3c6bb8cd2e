"""Asks Anki for the memory of cards with given histories. Run as a program, in its own process.

Reads from stdin {"weights": [...], "cards": [[[time in ms, rating, revlog type], ...], ...]} and
writes to stdout [[stability, difficulty], ...] in the same order. The collection lies in a
temporary folder, counts study days in UTC with rollover 4:00, has FSRS on with these weights, and
is asked what it would show for each card. `anki` is AGPL: nothing of the product imports it.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["TZ"] = "UTC"
time.tzset()

from anki.collection import Collection  # noqa: E402

ROLLOVER = 4
FIRST_CARD = 1_000
MANUAL = 4  # with rating 0 and factor 0: the card was reset


def main() -> None:
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        col = Collection(str(Path(folder) / "oracle.anki2"))
        try:
            memories = memories_of(col, asked["weights"], asked["cards"])
        finally:
            col.close()
    json.dump(memories, sys.stdout)


def memories_of(
    col: Collection, weights: list[float], cards: list[list[list[int]]]
) -> list[list[float]]:
    first = min(rows[0][0] for rows in cards) // 1000
    col.db.execute("update col set crt = ?", first - first % 86_400 + ROLLOVER * 3_600)
    col._backend.set_config_json(key="rollover", value_json=str(ROLLOVER).encode(), undoable=False)
    insert(col, cards)
    switch_on_fsrs(col, weights)
    return [memory_of(col, FIRST_CARD + index) for index in range(len(cards))]


def insert(col: Collection, cards: list[list[list[int]]]) -> None:
    """Review cards with their log; Anki wants a distinct millisecond per row, as do we."""
    for index, rows in enumerate(cards):
        card = FIRST_CARD + index
        col.db.execute(
            "insert into cards values (?, ?, 1, 0, 0, 0, 2, 2, 1, 1, 2500, ?, 0, 0, 0, 0, 0, '')",
            card,
            card,
            len(rows),
        )
        for at, rating, kind in rows:
            col.db.execute(
                "insert into revlog values (?, ?, 0, ?, 1, 1, ?, 5000, ?)",
                at,
                card,
                rating,
                0 if kind == MANUAL else 2500,
                kind,
            )


def switch_on_fsrs(col: Collection, weights: list[float]) -> None:
    config = col._backend.get_deck_config(1)
    config.config.ClearField("fsrs_params_6")
    config.config.fsrs_params_6.extend(weights)
    found = col._backend.get_deck_configs_for_update(1)
    col._backend.update_deck_configs(
        target_deck_id=1,
        configs=[config],
        removed_config_ids=[],
        mode=0,
        card_state_customizer="",
        limits=found.current_deck.limits,
        new_cards_ignore_review_limit=False,
        fsrs=True,
        apply_all_parent_limits=False,
        fsrs_reschedule=False,
        fsrs_health_check=False,
    )


def memory_of(col: Collection, card: int) -> list[float]:
    computed = col._backend.compute_memory_state(card)
    return [computed.state.stability, computed.state.difficulty]


if __name__ == "__main__":
    main()
