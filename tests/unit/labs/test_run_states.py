"""The table of run states and the page drawn from it."""

from pathlib import Path

import pytest

from labs.domain.run_diagram import diagram
from labs.domain.runs import (
    FINAL,
    LIVE,
    PHASES,
    RUNNING,
    TRANSITIONS,
    State,
    sources,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "run-states.md"


def test_the_docs_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == diagram()


def test_every_state_has_a_row():
    assert set(TRANSITIONS) == set(State)


def test_the_phases_lead_to_a_grade_one_after_the_other():
    for old, new in zip(PHASES, (*PHASES[1:], State.PASSED), strict=True):
        assert old in sources(new)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_every_live_state_can_be_stopped(state):
    assert {State.CANCELLED, State.TIMED_OUT, State.ERRORED} <= TRANSITIONS[state]


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_stays(state):
    assert not TRANSITIONS[state]


def test_only_a_run_that_a_worker_held_goes_back_to_the_queue():
    assert sources(State.QUEUED) == RUNNING


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (State.QUEUED, State.TRAINING),
        (State.TRAINING, State.PASSED),
        (State.PASSED, State.QUEUED),
        (State.CANCELLED, State.CLAIMED),
    ],
)
def test_no_step_skips_a_phase_or_leaves_an_end(old, new):
    assert old not in sources(new)
