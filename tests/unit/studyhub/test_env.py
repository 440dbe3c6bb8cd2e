"""Settings from the environment fail early, naming the variable and the cure."""

from pathlib import Path

import pytest

from studyhub.env import Environment, EnvironmentInvalid


def test_an_empty_variable_counts_as_not_set():
    assert Environment({"NAME": " "}).text("NAME", "fallback") == "fallback"


def test_a_secret_can_be_mounted_as_a_file(tmp_path: Path):
    (tmp_path / "key").write_text("s3cret\n")
    assert Environment({"KEY_FILE": str(tmp_path / "key")}).text("KEY") == "s3cret"


def test_an_unreadable_secret_file_names_variable_and_path(tmp_path: Path):
    with pytest.raises(EnvironmentInvalid, match="KEY_FILE.*absent"):
        Environment({"KEY_FILE": str(tmp_path / "absent")}).text("KEY")


def test_a_folder_is_made_or_the_variable_is_named(tmp_path: Path):
    home = Environment({"HOME_OF": str(tmp_path / "a")}).folder("HOME_OF", tmp_path, "b/c")
    assert (home, (tmp_path / "a" / "b" / "c").is_dir()) == (tmp_path / "a", True)
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentInvalid, match=r"HOME_OF is .*/file/x.* may write to"):
        Environment({"HOME_OF": str(tmp_path / "file" / "x")}).folder("HOME_OF", tmp_path)


@pytest.mark.parametrize(
    ("given", "meant"), [("1", True), ("yes", True), ("OFF", False), ("", True)]
)
def test_flags_are_read_in_the_usual_spellings(given: str, meant: bool):
    assert Environment({"FLAG": given}).flag("FLAG", True) is meant


def test_a_flag_that_is_neither_says_what_to_write():
    with pytest.raises(EnvironmentInvalid, match="Set it to 1 or 0"):
        Environment({"FLAG": "maybe"}).flag("FLAG")


@pytest.mark.parametrize("given", ["many", "0", "501"])
def test_a_number_outside_its_range_is_refused(given: str):
    with pytest.raises(EnvironmentInvalid, match="POOL"):
        Environment({"POOL": given}).integer("POOL", 10, low=1, high=500)


def test_names_are_split_at_commas_without_blanks():
    assert Environment({"HOSTS": "a.org, b.org,"}).names("HOSTS") == ["a.org", "b.org"]
