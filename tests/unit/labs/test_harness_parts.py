"""Pieces of the harness that need no sandbox."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from labs.domain.jobs import Job, Limits
from labs.harness.data import BadData, Data, read_data, read_inputs
from labs.harness.predictions import to_array
from labs.harness.problems import Problem, describe
from labs.harness.torchvision_operators import define_when_missing


class Tensor:
    """Behaves as torch's does, on a GPU and with a gradient."""

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def detach(self) -> "Tensor":
        return self

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> "numpy.ndarray[Any, Any]":
        return numpy.array(self.values)


@pytest.mark.parametrize(
    "value",
    [
        [1.0, 2.0],
        (1, 2),
        numpy.array([1, 2]),
        Tensor([1, 2]),
        [Tensor([1]), Tensor([2])],
        pandas.Series([1, 2]),
        pandas.DataFrame({"a": [1, 2]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_holds_numbers_becomes_an_array(value: object) -> None:
    assert to_array(value).ravel().tolist() == [1, 2]


@pytest.mark.parametrize("value", [None, [None, 1], [[1], [2, 3]], object(), {"a": 1}])
def test_what_holds_none_is_refused_in_words(value: object) -> None:
    with pytest.raises(Problem) as refused:
        to_array(value)
    assert refused.value.error.kind == "bad_predictions"


def write_manifest(folder: Path, manifest: dict[str, dict[str, str]]) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_data_folder_gives_what_its_manifest_names(tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.eye(2))
    numpy.savez(tmp_path / "f.npz", age=numpy.array([3, 4]))
    (tmp_path / "g.csv").write_text("user,film\n1,2\n")
    (tmp_path / "c.json").write_text('["cat", "dog"]')
    (tmp_path / "p.json").write_text('["a.jpg"]')
    write_manifest(
        tmp_path,
        {
            "x": {"type": "array", "file": "x.npy"},
            "people": {"type": "frame", "file": "f.npz"},
            "films": {"type": "frame", "file": "g.csv"},
            "classes": {"type": "json", "file": "c.json"},
            "photos": {"type": "paths", "file": "p.json"},
        },
    )

    data = read_data(tmp_path)

    assert repr(data) == "Data(classes, films, people, photos, x)"
    assert data.x.sum() == 2
    assert data.people.age.tolist() == [3, 4]
    assert data.films.columns.tolist() == ["user", "film"]
    assert data.classes == ["cat", "dog"]
    assert data.photos == [tmp_path / "a.jpg"]
    with pytest.raises(AttributeError, match=r"no data.y; it has classes, films"):
        _ = data.y


def test_inputs_come_alone_or_as_a_group(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    write_manifest(tmp_path, {"inputs": {"type": "json", "file": "a.json"}})
    assert read_inputs(tmp_path) == [1]

    write_manifest(tmp_path, {"photos": {"type": "json", "file": "a.json"}})
    group = read_inputs(tmp_path)
    assert isinstance(group, Data)
    assert group.photos == [1]


def test_arrays_with_pickled_objects_are_not_read(tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.array([{}], dtype=object), allow_pickle=True)
    write_manifest(tmp_path, {"x": {"type": "array", "file": "x.npy"}})
    with pytest.raises(ValueError, match="allow_pickle"):
        read_data(tmp_path)

    write_manifest(tmp_path, {"x": {"type": "pickle", "file": "x.npy"}})
    with pytest.raises(BadData, match="unknown type"):
        read_data(tmp_path)


def test_an_error_that_cannot_speak_is_still_told() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    error = describe(Mute(), Path("/solution"), "calling train")

    assert error.kind == "raised"
    assert "Mute: (its text raised ValueError)" in error.message


def test_an_import_error_inside_train_is_an_error_of_train() -> None:
    error = describe(ModuleNotFoundError("x"), Path("/solution"), "calling train")

    assert error.kind == "raised"


def test_the_torchvision_cure_waits_and_is_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [])
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)

    define_when_missing()
    define_when_missing()

    assert len(sys.meta_path) == 1


def test_a_job_survives_json() -> None:
    job = Job(
        id="1",
        phase="predict",
        solution=Path("/s"),
        entry="solution",
        data=Path("/d"),
        model=Path("/m"),
        device="cpu",
        seed=3,
        limits=Limits(1.5, 2, 3, 4, 5),
        slot=7,
    )

    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job
