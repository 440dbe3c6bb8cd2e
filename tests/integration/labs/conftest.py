"""A lab, a small cast, and a clock that only moves when told. The course's labs on real data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from labs.datasets import locate_all
from labs.domain.errors import DatasetMissing
from labs.domain.uploads import Upload
from labs.grading import Prepared, prepare
from labs.models import Lab, Run
from labs.sandbox import probe
from labs.services import submit
from studyhub.accounts.models import User
from tests.ladder import Rung, rung

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


# -- of the module's LAB, an exercise of the course, drawn with the module's SECRET -------------
@pytest.fixture(scope="module")
def published_files(
    request: pytest.FixtureRequest, require: Callable[[str, bool, str], None]
) -> dict[str, Path]:
    """The files of the lab's data sets; where they are not fetched, the test is left out."""
    lab = request.module.LAB
    try:
        return locate_all(lab.spec.data, settings.DATA_DIR, asked=lab.spec.slug)
    except DatasetMissing as missing:
        require("data", False, missing.cure)
        raise


@pytest.fixture(scope="module")
def files(published_files: dict[str, Path]) -> dict[str, Path]:
    """What the lab is prepared from. A module that wants fewer examples has its own `files`."""
    return published_files


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lab is prepared, once for each secret."""
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(scope="module")
def prepared(request: pytest.FixtureRequest, files: dict[str, Path], out: Path) -> Prepared:
    return prepare(request.module.LAB, files, secret=request.module.SECRET, out=out)


@pytest.fixture(scope="module")
def reached(request: pytest.FixtureRequest, prepared: Prepared) -> Callable[[str], Rung]:
    """What a file of the lab's folder reaches; each is trained once."""
    lab = request.module.LAB
    return cache(lambda name: rung(lab, lab.folder / name, prepared))
