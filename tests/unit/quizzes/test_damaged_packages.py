"""A damaged package is opened and unpacked, or refused; nothing else ever comes of it."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from quizzes.anki.archive import Package
from quizzes.anki.rows import Findings
from quizzes.domain.errors import QuizzesError
from tests.integration.quizzes.packages import Made, package
from tests.unit.damaged import damaged

MEDIA = {"a.png": b"\x89PNG", "ü ü.mp3": b"ID3"}
WHOLE = [package(Made(media=MEDIA), modern) for modern in (False, True)]


def nameless() -> bytes:
    """With a member that has no name, as Python's zipfile does not expect one."""
    with BytesIO() as out:
        out.write(WHOLE[0])
        with zipfile.ZipFile(out, "a") as archive, archive.open("", "w") as member:
            member.write(b"x")
        return out.getvalue()


def outcome(data: bytes, folder: Path) -> str:
    """What came of it: "read", or the cure. No row of the collection is looked at."""
    path = folder / "package"
    path.write_bytes(data)
    try:
        with Package(path) as found:
            found.unpack_collection(folder / "collection")
            for medium in found.media(Findings()):
                for _ in found.unpack_medium(medium):
                    pass
    except QuizzesError as refused:
        return refused.cure
    return "read"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged(WHOLE))
@example(nameless())
@example(WHOLE[0].replace(b"media", b"\0edia"))
def test_a_damaged_package_is_opened_or_refused(tmp_path: Path, data: bytes) -> None:
    assert outcome(data, tmp_path)


@pytest.mark.parametrize("whole", WHOLE)
def test_what_is_not_damaged_is_read(tmp_path: Path, whole: bytes) -> None:
    assert outcome(whole, tmp_path) == "read"
