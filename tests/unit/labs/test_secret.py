import stat
import threading
from pathlib import Path

import pytest

from labs.domain.errors import SecretBroken
from labs.grading import read_or_create_secret


def test_the_first_call_makes_it_and_later_ones_read_it(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret"
    secret = read_or_create_secret(path)
    assert len(secret) == 32
    assert read_or_create_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_two_homes_have_two_secrets(tmp_path: Path) -> None:
    one, other = (read_or_create_secret(tmp_path / name) for name in ("one", "other"))
    assert one != other


def test_of_many_first_callers_one_wins(tmp_path: Path) -> None:
    secrets: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: secrets.append(read_or_create_secret(tmp_path / "s")))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets) == 16
    assert len(set(secrets)) == 1


def test_a_mode_that_lets_others_read_is_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x" * 32)
    path.chmod(0o644)
    assert read_or_create_secret(path) == b"x" * 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_something_else_in_its_place_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(SecretBroken, match="backup"):
        read_or_create_secret(path)
    assert path.read_bytes() == content
