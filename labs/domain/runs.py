"""The states of a run as a table: the code checks it and the docs diagram is drawn from it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    PREPARING = "preparing"
    TRAINING = "training"
    PREDICTING = "predicting"
    GRADING = "grading"
    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


# What a run goes through when nothing goes wrong.
PHASES = (
    State.QUEUED,
    State.CLAIMED,
    State.PREPARING,
    State.TRAINING,
    State.PREDICTING,
    State.GRADING,
)
RUNNING = PHASES[1:]  # held by a worker, under a lease
LIVE = frozenset(PHASES)
FINAL = frozenset(State) - LIVE
GRADED = frozenset({State.PASSED, State.FAILED})

# From every live state: the learner or the clock stops it, or it cannot be graded.
_STOPPED = frozenset({State.CANCELLED, State.TIMED_OUT, State.ERRORED})
# From every state that a worker holds: the worker was lost, so the run waits again.
_LOST = frozenset({State.QUEUED})

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: _STOPPED | {State.CLAIMED},
    State.CLAIMED: _STOPPED | _LOST | {State.PREPARING},
    State.PREPARING: _STOPPED | _LOST | {State.TRAINING},
    State.TRAINING: _STOPPED | _LOST | {State.PREDICTING},
    State.PREDICTING: _STOPPED | _LOST | {State.GRADING},
    State.GRADING: _STOPPED | _LOST | GRADED,
    State.PASSED: frozenset(),
    State.FAILED: frozenset(),
    State.ERRORED: frozenset(),
    State.CANCELLED: frozenset(),
    State.TIMED_OUT: frozenset(),
}

# A worker that was killed holds its run for LEASE at most, and the reconciler looks each 5 s:
# together a lost run waits again within 20 s. Four renewals may be late before a lease runs out.
LEASE = timedelta(seconds=15)
RENEW_EVERY = timedelta(seconds=3)
# A run that took three workers with it would take the fourth.
MAX_ATTEMPTS = 3
# A queued run whose message is older than this is sent again: the broker may have lost it.
STALE_AFTER = timedelta(seconds=15)


def sources(new: State) -> tuple[State, ...]:
    """The states from which a run may go to `new`, in the order of the table."""
    return tuple(old for old, targets in TRANSITIONS.items() if new in targets)


def is_final(state: str) -> bool:
    return State(state) in FINAL
