"""`manage.py fetch_data`, without a network: the data come from a mirror."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labs.datasets import data_set, published
from labs.datasets.published import DataSet

Command = Callable[..., str]


@pytest.fixture
def words() -> DataSet:
    """A data set of one file that labs read as it is published."""
    content = b"one two three\n"
    file = replace(
        data_set("mnist").files[0],
        name="words.txt",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        download="https://127.0.0.1:1/words.txt",
        archive=None,
    )
    return DataSet("words", "Some words", "CC0", "3 words", (file,))


@pytest.fixture
def fetch_data(
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    words: DataSet,
    exercise_folder: Path,
) -> Command:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "words.txt").write_bytes(b"one two three\n")
    settings.DATA_DIR, settings.DATA_MIRROR = tmp_path / "home", mirror
    settings.EXERCISES_DIR = exercise_folder.parent
    monkeypatch.setattr(published, "_CATALOGUE", (words,))

    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("fetch_data", *arguments, stdout=out)
        return out.getvalue()

    return call


def test_a_data_set_is_fetched_by_its_name(fetch_data: Command, tmp_path: Path) -> None:
    assert fetch_data("words") == f"words: ready in {tmp_path / 'home' / 'words'}\n"
    assert (tmp_path / "home" / "words" / "words.txt").read_bytes() == b"one two three\n"


def test_a_labs_name_stands_for_its_data(
    fetch_data: Command, tmp_path: Path, edit: Callable[[str, str, str], None]
) -> None:
    edit("lab.toml", 'data = ["mnist"]', 'data = ["words"]')
    assert fetch_data("mnist-baseline", "words").count("words: ready") == 1


def test_no_name_stands_for_all(fetch_data: Command) -> None:
    assert "words: ready" in fetch_data()


def test_control_c_is_answered_with_one_sentence(
    fetch_data: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("labs.datasets.fetch_or_instead", interrupted)
    with pytest.raises(CommandError, match="same command again") as stopped:
        fetch_data("words")
    assert stopped.value.returncode == 130


def test_the_list_says_what_is_here_how_large_and_whose(fetch_data: Command) -> None:
    assert "not here" in fetch_data("--list")
    fetch_data()
    listed = fetch_data("--list")
    assert "not here" not in listed
    assert "Some words: 3 words. For no lab. Licence: CC0" in listed


def test_the_list_says_which_labs_need_a_data_set(
    fetch_data: Command, edit: Callable[[str, str, str], None]
) -> None:
    assert "For no lab." in fetch_data("--list")
    edit("lab.toml", 'data = ["mnist"]', 'data = ["words"]')
    assert "For mnist-baseline." in fetch_data("--list")


def test_a_data_set_that_cannot_be_had_keeps_the_others_from_nothing(
    fetch_data: Command, words: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = replace(words, name="lost", files=(replace(words.files[0], name="lost.txt"),))
    monkeypatch.setattr(published, "_CATALOGUE", (lost, words))
    with pytest.raises(CommandError, match=r"lost\.txt of the data set 'lost'"):
        fetch_data()
    assert (tmp_path / "home" / "words" / "words.txt").exists()


def test_an_unknown_name_is_an_error_with_the_known_ones(fetch_data: Command) -> None:
    with pytest.raises(CommandError, match=r"no data set 'wrods'.\nKnown are: words"):
        fetch_data("wrods")


def test_a_source_that_gives_another_file_is_logged(
    fetch_data: Command, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mirror" / "words.txt").write_bytes(b"one two thrEE\n")
    with pytest.raises(CommandError):
        fetch_data("words")
    [warned] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warned.startswith(
        f"words.txt: the mirror {tmp_path / 'mirror'}: what it gave was removed"
    )


def test_a_failed_fetch_lists_what_was_tried(fetch_data: Command, tmp_path: Path) -> None:
    (tmp_path / "mirror" / "words.txt").write_bytes(b"one two thrEE\n")
    with pytest.raises(CommandError) as failed:
        fetch_data("words")
    told = str(failed.value)
    assert f"the mirror {tmp_path / 'mirror'}: what it gave was removed: its sha256 is" in told
    assert "https://127.0.0.1:1/words.txt: it cannot be reached" in told
    assert "Check the network" in told
