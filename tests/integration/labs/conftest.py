"""A lab, a small cast, and a clock that only moves when told."""

from datetime import UTC, datetime, timedelta

import pytest

from labs.domain.uploads import Upload
from labs.models import Lab, Run
from labs.sandbox import probe
from labs.services import submit
from studyhub.accounts.models import User

SOLUTION = b"""\
def train(data, run):
    return 1


def predict(model, inputs, run):
    return [model] * len(inputs)
"""


class Clock:
    """The time of a test."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **units: float) -> datetime:
        self.time += timedelta(**units)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(db, clock) -> Lab:
    return Lab.objects.create(slug="threes", title="Threes", chapter=4, updated_at=clock())


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password="ada")


@pytest.fixture
def bob(db) -> User:
    return User.objects.create_user("bob", password="bob")


@pytest.fixture
def hand_in(lab, clock):
    """`hand_in(user)` gives a queued run."""

    def make(user: User, content: bytes = SOLUTION, **more) -> Run:
        return submit(user, lab.slug, Upload("solution.py", content), now=clock(), **more)

    return make


@pytest.fixture(scope="session")
def sandbox_works(require) -> None:
    """Skips where no sandbox works."""
    working = [tier for tier in probe() if tier.works and tier.tier > 0]
    require("sandbox", bool(working), "no tier works here")
