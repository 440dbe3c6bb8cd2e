"""The pet photos: from the published archives, or from a folder that a list of checksums proves."""

import hashlib
import io
import shutil
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labs.datasets import fetch, fetch_or_instead, locate, published
from labs.datasets.listed import bring_listed
from labs.datasets.published.pets import PETS, PETS_THREE, PRODUCT, convert
from labs.datasets.source import SourceFailed
from labs.domain.errors import DatasetMissing, DatasetUnavailable

NAMES = ("Bengal_1", "Bengal_2", "american_bulldog_1")


def jpeg(wide: int, high: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(wide).integers(0, 255, (high, wide, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def png(wide: int, high: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((high, wide), 2, np.uint8)).save(out, "PNG")
    return out.getvalue()


def archive(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


@pytest.fixture
def mirror(tmp_path, monkeypatch) -> Path:
    """A folder of three photos, as the catalogue pins it."""
    folder = tmp_path / "mirror" / "pets"
    files = {f"images/{name}.jpg": jpeg(40, 30) for name in NAMES}
    files |= {f"trimaps/{name}.png": png(40, 30) for name in NAMES}
    rows = "".join(f"{name},trainval\n" for name in NAMES[:2]) + f"{NAMES[2]},\n"
    files["index.csv"] = f"id,split\n{rows}".encode()
    lines = []
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    pin(folder, "".join(lines), monkeypatch)
    return folder.parent


def pin(folder: Path, listing: str, monkeypatch) -> None:
    (folder / "SHA256SUMS").write_text(listing)
    raw = listing.encode()
    file = replace(PETS_THREE.files[0], sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
    gone = replace(PETS, files=tuple(replace(each, download=None) for each in PETS.files))
    known = (gone, replace(PETS_THREE, files=(file,)))
    monkeypatch.setattr(published, "_CATALOGUE", known)


def test_a_folder_becomes_one_file_without_rows_that_have_no_split(mirror, tmp_path):
    files = fetch("pets-three", tmp_path / "home", mirror=mirror)
    with zipfile.ZipFile(files[PRODUCT]) as photos:
        assert photos.read("index.csv") == b"id,breed\nBengal_1,Bengal\nBengal_2,Bengal\n"
        assert photos.read("images/Bengal_1.jpg") == jpeg(40, 30)
        assert len(photos.namelist()) == 5
    left = {path.name for path in (tmp_path / "home" / "pets-three").iterdir()}
    assert left == {"SHA256SUMS", "index.csv", PRODUCT, "ready.json"}


def test_it_is_found_however_the_mirrors_folder_is_called(mirror, tmp_path):
    assert fetch("pets-three", tmp_path / "a", mirror=mirror / "pets")
    (mirror / "pets").rename(mirror / "pets-three")
    assert fetch("pets-three", tmp_path / "b", mirror=mirror)


def test_the_subset_serves_where_the_full_set_cannot_be_had(mirror, tmp_path):
    assert fetch_or_instead("pets", tmp_path / "home", mirror=mirror) == "pets-three"
    with pytest.raises(DatasetUnavailable) as failed:
        fetch_or_instead("pets", tmp_path / "other", mirror=tmp_path)
    assert "images.tar.gz" in failed.value.message


def test_where_neither_comes_each_is_said_with_its_reason(mirror, tmp_path):
    (mirror / "pets" / "images" / "Bengal_2.jpg").write_bytes(jpeg(41, 30))
    with pytest.raises(DatasetUnavailable) as failed:
        fetch_or_instead("pets", tmp_path / "home", mirror=mirror)
    assert "images.tar.gz of the data set 'pets'" in failed.value.message
    assert "\n  - pets-three, which would serve instead: " in failed.value.message
    assert "Bengal_2.jpg gave was removed" in failed.value.tried[-1]


def test_without_a_mirror_it_is_said_that_one_is_needed(mirror, tmp_path):
    with pytest.raises(DatasetUnavailable, match=r"\(15 MB\) comes from a mirror only") as failed:
        fetch("pets-three", tmp_path / "home")
    assert "STUDYHUB_DATA_MIRROR" in failed.value.cure


def test_a_photo_with_another_checksum_is_refused_and_removed(mirror, tmp_path):
    (mirror / "pets" / "images" / "Bengal_2.jpg").write_bytes(jpeg(41, 30))
    with pytest.raises(DatasetUnavailable) as failed:
        fetch("pets-three", tmp_path / "home", mirror=mirror)
    assert "Bengal_2.jpg gave was removed" in failed.value.message
    assert not (tmp_path / "home" / "pets-three" / "images" / "Bengal_2.jpg").exists()
    with pytest.raises(DatasetMissing):
        locate("pets-three", tmp_path / "home")


def test_a_wrong_photo_is_sought_in_the_next_folder_of_the_mirror(mirror, tmp_path):
    other = mirror / "images"
    other.mkdir(parents=True)
    photo = mirror / "pets" / "images" / "Bengal_2.jpg"
    (other / photo.name).write_bytes(photo.read_bytes())
    photo.write_bytes(jpeg(41, 30))
    assert fetch("pets-three", tmp_path / "home", mirror=mirror)


def test_a_file_larger_than_the_whole_data_set_is_not_copied_to_its_end(mirror, tmp_path):
    listing = mirror / "pets" / "SHA256SUMS"
    huge = mirror / "pets" / "images" / "Bengal_2.jpg"
    with huge.open("wb") as out:
        out.truncate(1_000_000)
    (tmp_path / "home").mkdir()
    shutil.copy(listing, tmp_path / "home" / "SHA256SUMS")
    with pytest.raises(SourceFailed, match=r"Bengal_2\.jpg gave was removed: it is longer than"):
        bring_listed(
            tmp_path / "home" / "SHA256SUMS",
            [mirror / "pets"],
            lambda progress: None,
            data_set="pets-three",
            most=100_000,
        )


def test_a_fetch_that_was_interrupted_goes_on(mirror, tmp_path):
    photo = mirror / "pets" / "images" / "american_bulldog_1.jpg"
    kept = photo.read_bytes()
    photo.unlink()
    with pytest.raises(DatasetUnavailable, match="no mirror has the file images/american"):
        fetch("pets-three", tmp_path / "home", mirror=mirror)
    photo.write_bytes(kept)
    (mirror / "pets" / "images" / "Bengal_1.jpg").unlink()  # which is here already
    assert fetch("pets-three", tmp_path / "home", mirror=mirror)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "images/../../x", ".hidden", "a//b"])
def test_a_list_that_leads_elsewhere_is_refused(mirror, tmp_path, monkeypatch, name):
    pin(mirror / "pets", f"{'0' * 64}  {name}\n", monkeypatch)
    with pytest.raises(DatasetUnavailable, match="has the line"):
        fetch("pets-three", tmp_path / "home", mirror=mirror)


def test_published_archives_become_small_photos_with_masks_of_the_same_size(tmp_path):
    listing = "#Image CLASS-ID\n" + "".join(f"{name} 1 1 1\n" for name in NAMES)
    masks = {f"annotations/trimaps/{name}.png": png(800, 600) for name in NAMES}
    masks["annotations/trimaps/._Bengal_1.png"] = b"what a Mac leaves behind"
    archive(tmp_path / "annotations.tar.gz", {"annotations/list.txt": listing.encode(), **masks})
    photos = {f"images/{name}.jpg": jpeg(800, 600) for name in NAMES}
    photos["images/Bengal_1.jpg"] = jpeg(800, 600, "PNG")  # some are, under this name
    photos["images/Bengal_9.jpg"] = jpeg(800, 600)  # without an annotation
    archive(tmp_path / "images.tar.gz", photos)
    names = ("images.tar.gz", "annotations.tar.gz")
    convert({name: tmp_path / name for name in names}, tmp_path)
    with zipfile.ZipFile(tmp_path / PRODUCT) as made:
        assert made.read("index.csv").decode().splitlines()[1:] == [
            "Bengal_1,Bengal", "Bengal_2,Bengal", "american_bulldog_1,american_bulldog",
        ]  # fmt: skip
        for name in NAMES:
            with (
                Image.open(made.open(f"images/{name}.jpg")) as photo,
                Image.open(made.open(f"trimaps/{name}.png")) as mask,
            ):
                assert (photo.format, photo.size, mask.size) == ("JPEG", (341, 256), (341, 256))
                assert np.unique(mask) == [2]
        assert len(made.namelist()) == 7
