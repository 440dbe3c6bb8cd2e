"""Files of a data set in a data folder: weights and photos, as the sandbox finds them."""

import os
import stat
from pathlib import Path

import pytest

from labs.grading.items import write_items
from labs.grading.shown_files import FileNotOffered
from labs.harness.data import read_data

JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A fetched data set: weights, and photos named by what is on them."""
    folder = tmp_path / "pets"
    (folder / "images").mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    for name in ("Abyssinian_1.jpg", "Bengal_7.JPG", "bulldog_3.jpg"):
        (folder / "images" / name).write_bytes(JPEG + name.encode())
    return folder


def test_weights_are_shown_as_a_path_without_another_copy(shelf: Path, tmp_path: Path) -> None:
    write_items(tmp_path / "train", {"weights": shelf / "weights.safetensors"}, [shelf])
    shown = read_data(tmp_path / "train").weights
    assert shown == tmp_path / "train" / "weights.safetensors"
    assert shown.read_bytes() == b"weights"
    assert shown.samefile(shelf / "weights.safetensors")


def test_weights_that_not_everybody_may_read_are_copied_for_the_sandboxs_user(
    shelf: Path, tmp_path: Path
) -> None:
    (shelf / "weights.safetensors").chmod(0o600)
    write_items(tmp_path / "train", {"weights": shelf / "weights.safetensors"}, [shelf])
    shown = read_data(tmp_path / "train").weights
    assert stat.S_IMODE(shown.stat().st_mode) == 0o644
    assert stat.S_IMODE((shelf / "weights.safetensors").stat().st_mode) == 0o600


def test_a_photos_name_time_and_place_on_the_disk_tell_nothing(shelf: Path, tmp_path: Path) -> None:
    photos = [shelf / "images" / "bulldog_3.jpg", shelf / "images" / "Bengal_7.JPG"]
    write_items(tmp_path / "hidden", {"inputs": photos}, [shelf])
    shown = read_data(tmp_path / "hidden").inputs
    assert [path.name for path in shown] == ["000000.jpg", "000001.jpg"]
    assert [path.read_bytes() for path in shown] == [path.read_bytes() for path in photos]
    assert {path.stat().st_mtime for path in shown} == {0}
    assert not any(path.samefile(photo) for path, photo in zip(shown, photos, strict=True))


def test_every_folder_and_photo_can_be_read_by_the_sandboxs_user(
    shelf: Path, tmp_path: Path
) -> None:
    mask = os.umask(0o077)
    try:
        write_items(tmp_path / "hidden", {"inputs": [JPEG, JPEG], "ids": [1, 2]}, [shelf])
    finally:
        os.umask(mask)
    for path in (tmp_path / "hidden").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)
    assert [p.suffix for p in read_data(tmp_path / "hidden").inputs] == [".jpg", ".jpg"]


def test_a_file_outside_the_labs_data_sets_is_refused(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    (shelf / "link.jpg").symlink_to(tmp_path / "secret")
    for number, source in enumerate(
        [tmp_path / "secret", shelf / "link.jpg", shelf / ".." / "secret", shelf / "images"]
    ):
        with pytest.raises(FileNotOffered, match="is no file of the lab's data sets"):
            write_items(tmp_path / f"one{number}", {"weights": source}, [shelf])
        with pytest.raises(FileNotOffered, match="is no file of the lab's data sets"):
            write_items(tmp_path / f"many{number}", {"photos": [source]}, [shelf])


def test_a_file_that_is_not_there_is_named(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotOffered, match=r"gone\.jpg is not there"):
        write_items(tmp_path / "train", {"photos": [shelf / "gone.jpg"]}, [shelf])


def test_bytes_that_are_no_photo_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotOffered, match="neither a JPEG nor a PNG"):
        write_items(tmp_path / "train", {"photos": [b"GIF89a"]})
