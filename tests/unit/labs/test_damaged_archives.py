"""A damaged zip is refused or read, whatever was done to it; nothing else ever comes of it."""

import io
import struct
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings

from labs.domain.archives import read_archive
from labs.domain.refusals import UploadRefused
from tests.unit.damaged import damaged

NAMES = ("solution.py", "parts/net.py", "parts/ünder.py")


def zipped(method: int, *, names: Sequence[str] = NAMES, wide: bool = False) -> bytes:
    """wide: with fields of 64 bits, and a comment."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            with archive.open(name, "w", force_zip64=wide) as file:
                file.write(b"def train(data, run):\n    return 1\n" * 3)
        if wide:
            info = zipfile.ZipInfo("parts/extra.py")
            info.extra = struct.pack("<HHQQ", 1, 16, 20, 20) + struct.pack("<HH4s", 0x5455, 4, b"t")
            archive.writestr(info, "x = 1\n")
            archive.comment = b"a comment"
    return buffer.getvalue()


WHOLE = [
    zipped(zipfile.ZIP_STORED),
    zipped(zipfile.ZIP_DEFLATED),
    zipped(zipfile.ZIP_DEFLATED, wide=True),
]


def outcome(content: bytes) -> str:
    """ "read", or what the refusal says to do."""
    try:
        files = read_archive(content)
    except UploadRefused as refused:
        return refused.cure
    assert isinstance(files, dict)
    assert all(isinstance(path, str) and isinstance(text, bytes) for path, text in files.items())
    return "read"


@settings(max_examples=300)
@given(damaged(WHOLE))
@example(zipped(zipfile.ZIP_STORED, names=("",)))  # zipfile: IndexError
@example(zipped(zipfile.ZIP_STORED).replace(b"solution.py", b"\0olution.py"))
def test_a_damaged_zip_is_read_or_refused(content: bytes) -> None:
    assert outcome(content)


@pytest.mark.parametrize("whole", WHOLE)
def test_what_is_not_damaged_is_read(whole: bytes) -> None:
    assert outcome(whole) == "read"
