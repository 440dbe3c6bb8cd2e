"""Checksums of files that are asked for again and again."""

from pathlib import Path

import pytest

from studyhub.base import files
from studyhub.base.files import known_sha256


def test_a_file_that_was_not_written_since_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.npy"
    path.write_bytes(b"one")
    monkeypatch.setattr(files, "_SETTLED_SECONDS", 0.0)
    read = []
    real = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda file: read.append(file) or real(file))
    first = [known_sha256(path) for _ in range(3)]
    assert len(set(first)) == len(read) == 1
    path.with_name("new").write_bytes(b"two")
    path.with_name("new").replace(path)
    assert known_sha256(path) not in first


def test_a_file_as_young_as_the_clocks_tick_is_always_read(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    sums = set()
    for content in (b"one", b"two", b"six"):
        path.write_bytes(content)
        sums.add(known_sha256(path))
    assert len(sums) == 3
