"""Our fold against Anki itself: the same histories give the same memory."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from quizzes.domain.events import Kind, ReviewEvent
from quizzes.domain.fold import CardState, apply, fold
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.domain.intake import read_event
from quizzes.domain.scheduler import DEFAULT_SCHEDULING, Phase
from quizzes.domain.timeline import timeline
from tests.oracle.generated import DAY_MS, RESET, Row, history
from tests.revlogs import ABSENT, REVLOG, rows_by_card

HISTORIES = 200
TOLERANCE = 1e-3
#: What a fit to the real log gave: far from the defaults in most places.
FITTED = (
    0.1667, 0.7671, 2.2155, 5.4687, 6.5616, 0.5968, 3.2398, 0.0136, 1.7297, 0.2786, 0.6763,
    1.5937, 0.0217, 0.3958, 1.8243, 0.6018, 1.8729, 0.7443, 0.1036, 0.1358, 0.259,
)  # fmt: skip
RECEIVED = datetime(2100, 1, 1, tzinfo=UTC)
RECEIVED_BY_ANKI = datetime(2026, 1, 1, tzinfo=UTC)  # its clock is this machine's
BEFORE_MS = 960_000_000_000
LEARN, REVIEW, RELEARN, MANUAL = 0, 1, 2, 4
LOGGED_AS = {Phase.NEW: LEARN, Phase.LEARNING: LEARN, Phase.REVIEW: REVIEW}


@pytest.fixture(scope="module")
def _anki(require) -> None:
    require("anki", importlib.util.find_spec("anki") is not None, "install the test extra")


def distinct(histories: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """Anki identifies a log row by its millisecond, so no two may share one."""
    taken: set[int] = set()
    moved = []
    for rows in histories:
        mine = []
        for at, rating in rows:
            while at in taken:
                at += 1
            taken.add(at)
            mine.append((at, rating))
        moved.append(mine)
    return moved


def event(number: int, at: int, kind: Kind, **fields: object) -> ReviewEvent:
    sent = {
        "id": str(UUID(int=number + 1)),
        "device": str(UUID(int=1)),
        "seq": number,
        "kind": kind.value,
        "prompt": None if kind is Kind.PARAMETERS else "c04-a",
        "at": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
        "tz": "UTC",
        "rollover": 4,
        **fields,
    }
    return read_event(sent, received=RECEIVED)


def events_of(rows: Sequence[Row]) -> list[ReviewEvent]:
    return [
        event(number, at, Kind.RESET)
        if rating == RESET
        else event(number, at, Kind.REVIEW, rating=rating)
        for number, (at, rating) in enumerate(rows)
    ]


def log_types(events: Sequence[ReviewEvent]) -> list[int]:
    """The type of each row in Anki's log, by the phase in which the card was answered."""
    types = []
    state: CardState | None = None
    for one in events:
        phase = state.phase if state else Phase.NEW
        types.append(MANUAL if one.kind is Kind.RESET else LOGGED_AS.get(phase, RELEARN))
        state = apply(state, one, DEFAULT_SCHEDULING)
    return types


def ours(histories: Sequence[Sequence[ReviewEvent]], weights: Sequence[float]) -> list[CardState]:
    settings = timeline([event(9_999, BEFORE_MS, Kind.PARAMETERS, parameters=list(weights))])
    return [state for events in histories if (state := fold(events, settings))]


def ankis(
    histories: Sequence[Sequence[Row]], types: Sequence[Sequence[int]], weights: Sequence[float]
) -> list[list[float]]:
    cards = [
        [[at, rating, kind] for (at, rating), kind in zip(rows, kinds, strict=True)]
        for rows, kinds in zip(histories, types, strict=True)
    ]
    oracle = Path(__file__).with_name("anki_memory.py")
    done = subprocess.run(
        [sys.executable, str(oracle)],
        input=json.dumps({"weights": list(weights), "cards": cards}),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    memories: list[list[float]] = json.loads(done.stdout)
    return memories


def assert_equal(histories: list[list[Row]], types: list[list[int]], weights: Sequence[float]):
    events = [events_of(rows) for rows in histories]
    states = ours(events, weights)
    memories = ankis(histories, types, weights)
    assert len(states) == len(memories) == len(histories)
    for rows, state, (stability, difficulty) in zip(histories, states, memories, strict=True):
        if stability == 0:  # Anki forgot the card with its last row
            assert state.stability is None
            continue
        assert state.stability == pytest.approx(stability, rel=TOLERANCE), rows
        assert state.difficulty == pytest.approx(difficulty, rel=TOLERANCE), rows


@pytest.mark.usefixtures("_anki")
@pytest.mark.parametrize("weights", [DEFAULT_WEIGHTS, FITTED], ids=["default", "fitted"])
def test_made_up_histories_give_the_memory_that_anki_computes(weights):
    histories = distinct([history(seed) for seed in range(HISTORIES)])
    types = [log_types(events_of(rows)) for rows in histories]
    assert_equal(histories, types, weights)


@pytest.mark.usefixtures("_anki")
@pytest.mark.parametrize("weights", [DEFAULT_WEIGHTS, FITTED], ids=["default", "fitted"])
def test_every_card_of_the_real_log_has_the_memory_that_anki_computes(require, weights):
    require("data", REVLOG.exists(), ABSENT)
    histories = distinct(list(rows_by_card().values()))
    types = [[LEARN] + [REVIEW] * (len(rows) - 1) for rows in histories]
    assert_equal(histories, types, weights)


def test_the_made_up_histories_hold_every_kind_of_review():
    histories = [history(seed) for seed in range(HISTORIES)]
    rows = [row for rows in histories for row in rows]
    gaps = [
        (later[0] - earlier[0]) / DAY_MS for each in histories for earlier, later in pairwise(each)
    ]
    assert {rating for _, rating in rows} == {RESET, 1, 2, 3, 4}
    assert max(len(each) for each in histories) >= 40
    assert min(gaps) < 0.02
    assert max(gaps) > 365
    assert max(at for at, _ in rows) / 1000 < RECEIVED_BY_ANKI.timestamp()
