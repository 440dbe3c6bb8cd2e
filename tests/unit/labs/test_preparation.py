"""What the two sandboxes may see, and what they may not."""

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from labs.domain.errors import ExerciseInvalid
from labs.grading import Exercise, Prepared, load_exercise, prepare
from labs.grading.items import write_items
from labs.harness.data import read_inputs
from tests.unit.labs.conftest import SECRET

Files = dict[str, Path]


def arrays(folder: Path) -> dict[str, np.ndarray]:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {entry["type"] for entry in manifest.values()} == {"array"}
    return {
        name: np.load(folder / entry["file"], allow_pickle=False)
        for name, entry in manifest.items()
    }


def test_training_data_and_hidden_inputs_have_the_shapes_of_the_brief(prepared: Prepared) -> None:
    train, hidden = arrays(prepared.train), arrays(prepared.hidden)
    assert set(train) == {"train_x", "train_y"}
    assert set(hidden) == {"inputs"}
    assert train["train_x"].shape == (len(train["train_y"]), 28, 28)
    assert hidden["inputs"].shape == (prepared.count, 28, 28)
    assert train["train_x"].dtype == hidden["inputs"].dtype == np.uint8
    assert set(train["train_y"].tolist()) == {3, 7}
    assert len(train["train_y"]) + prepared.count == 400


def test_no_answer_lies_in_a_folder_that_a_sandbox_sees(prepared: Prepared) -> None:
    assert sorted(path.name for path in prepared.hidden.iterdir()) == [
        "inputs.npy",
        "manifest.json",
    ]
    assert sorted(path.name for path in prepared.train.iterdir()) == [
        "manifest.json",
        "train_x.npy",
        "train_y.npy",
    ]
    truth = prepared.train.parent / "truth"
    assert not prepared.hidden.is_relative_to(truth)
    assert stat.S_IMODE(truth.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in truth.iterdir()} == {0o600}


def test_another_user_can_read_what_the_sandbox_shows(prepared: Prepared) -> None:
    for folder in (prepared.train, prepared.hidden):
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o755
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_the_answers_belong_to_the_inputs_in_their_order(prepared: Prepared) -> None:
    inputs = arrays(prepared.hidden)["inputs"]
    dark_top = inputs[:, :12].mean(axis=(1, 2)) < 50  # what makes a three in this test's data
    assert (np.where(dark_top, 3, 7) == prepared.truth.targets).all()


def test_a_table_of_the_published_images_knows_no_hidden_one(
    exercise: Exercise, files: Files, prepared: Prepared
) -> None:
    published = np.load(files["images.npy"])

    def fingerprints(images: np.ndarray, step: int) -> set[bytes]:
        return {image.tobytes() for image in images // step}

    for step in (1, 16, 64):
        known = fingerprints(published, step)
        for folder, name in ((prepared.hidden, "inputs"), (prepared.train, "train_x")):
            assert not known & fingerprints(arrays(folder)[name], step)


def test_the_same_is_prepared_once(
    exercise: Exercise, files: Files, prepared: Prepared, tmp_path: Path
) -> None:
    before = (prepared.hidden / "inputs.npy").stat()
    again = prepare(exercise, files, secret=SECRET, out=tmp_path / "prepared")
    assert again.key == prepared.key
    assert (again.hidden / "inputs.npy").stat().st_mtime_ns == before.st_mtime_ns


def test_the_same_secret_prepares_the_same_elsewhere(
    exercise: Exercise, files: Files, prepared: Prepared, tmp_path: Path
) -> None:
    elsewhere = prepare(exercise, files, secret=SECRET, out=tmp_path / "elsewhere")
    for name in ("train", "hidden"):
        one, other = arrays(getattr(prepared, name)), arrays(getattr(elsewhere, name))
        assert all((one[key] == other[key]).all() for key in one)
    assert (elsewhere.truth.final == prepared.truth.final).all()


def test_another_secret_asks_other_examples_in_another_disguise(
    exercise: Exercise, files: Files, prepared: Prepared, tmp_path: Path
) -> None:
    other = prepare(exercise, files, secret=b"t" * 32, out=tmp_path / "prepared")
    assert other.key != prepared.key
    images = {image.tobytes() for image in arrays(prepared.hidden)["inputs"]}
    assert not images & {image.tobytes() for image in arrays(other.hidden)["inputs"]}


def test_two_labels_swapped_in_the_data_change_what_is_asked(
    exercise: Exercise, files: Files, prepared: Prepared, tmp_path: Path
) -> None:
    labels = np.load(files["labels.npy"])
    labels[:200] = 10 - labels[:200]  # 3 <-> 7
    np.save(files["labels.npy"], labels)
    changed = prepare(exercise, files, secret=SECRET, out=tmp_path / "prepared")
    assert changed.key != prepared.key
    assert (changed.truth.targets != prepared.truth.targets).any()


def test_a_changed_threshold_needs_no_new_preparation(
    files: Files,
    prepared: Prepared,
    exercise_folder: Path,
    edit: Callable[[str, str, str], None],
    tmp_path: Path,
) -> None:
    edit("lab.toml", "pass = 0.93", "pass = 0.95")
    again = prepare(load_exercise(exercise_folder), files, secret=SECRET, out=tmp_path / "prepared")
    assert again.key == prepared.key


def test_several_at_once_end_with_one_folder(
    exercise: Exercise, files: Files, tmp_path: Path
) -> None:
    out, keys = tmp_path / "together", []

    def work() -> None:
        keys.append(prepare(exercise, files, secret=SECRET, out=out).key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 4
    assert [path.name for path in (out / "mnist-baseline").iterdir()] == [keys[0]]


def test_a_task_that_fails_leaves_nothing_half_made(
    exercise_folder: Path, files: Files, edit: Callable[[str, str, str], None], tmp_path: Path
) -> None:
    edit("task.py", "return pool.labels[rows]\n", "return pool.labels[rows][1:]\n")
    out = tmp_path / "prepared"
    with pytest.raises(ExerciseInvalid, match=r"inputs and .* answers for"):
        prepare(load_exercise(exercise_folder), files, secret=SECRET, out=out)
    assert list((out / "mnist-baseline").iterdir()) == []


def test_a_task_that_does_not_load_is_named(
    exercise_folder: Path, files: Files, edit: Callable[[str, str, str], None], tmp_path: Path
) -> None:
    edit("task.py", "import numpy as np", "import numpy as np\nimport no_such_module")
    with pytest.raises(ExerciseInvalid, match=r"task\.py: does not load: ModuleNotFoundError"):
        prepare(load_exercise(exercise_folder), files, secret=SECRET, out=tmp_path / "prepared")


FRAME_TASK = """
import numpy as np
import pandas as pd


def load(files):
    class Pool:
        ids = [f"row/{n}" for n in range(200)]
    return Pool


def training(pool, rows, random):
    return {"train_x": table(rows), "train_y": rows % 2}


def inputs(pool, rows, random):
    return table(rows)


def truth(pool, rows):
    return np.where(rows % 2, 7, 3)


def table(rows):
    text = np.where(rows % 3, "NA", "Côte, d'Ivoire")
    return pd.DataFrame({"n": rows / 3, "text": text}, index=rows)


def groups(pool, rows):
    return {"parity": ["odd" if row % 2 else "even" for row in rows]}
"""


def test_a_data_frame_arrives_as_it_was_without_its_index(
    exercise_folder: Path, tmp_path: Path
) -> None:
    (exercise_folder / "task.py").write_text(FRAME_TASK)
    prepared = prepare(load_exercise(exercise_folder), {}, secret=SECRET, out=tmp_path / "out")
    frame = read_inputs(prepared.hidden)
    rows = (frame["n"] * 3).round().astype(int)
    assert frame.index.tolist() == list(range(prepared.count))
    assert (frame["n"] == rows / 3).all()
    assert frame["text"].tolist() == ["NA" if row % 3 else "Côte, d'Ivoire" for row in rows]
    assert (np.where(rows % 2, 7, 3) == prepared.truth.targets).all()


def test_a_frame_of_numbers_keeps_their_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": np.arange(3, dtype=np.int32), "b": [True, False, True]})
    write_items(tmp_path / "data", {"inputs": frame})
    assert_frame_equal(read_inputs(tmp_path / "data"), frame)


def test_groups_lie_with_the_truth_and_in_no_folder_that_a_sandbox_sees(
    exercise_folder: Path, tmp_path: Path
) -> None:
    (exercise_folder / "task.py").write_text(FRAME_TASK)
    exercise = load_exercise(exercise_folder)
    for _ in range(2):  # made, then read
        prepared = prepare(exercise, {}, secret=SECRET, out=tmp_path / "out")
        odd = [name == "odd" for name in prepared.truth.groups["parity"]]
        assert odd == (prepared.truth.targets == 7).tolist()
    assert "groups.json" in {path.name for path in (prepared.train.parent / "truth").iterdir()}
    assert len(list(prepared.hidden.iterdir())) == 2


def test_a_task_must_name_one_group_for_each_input(exercise_folder: Path, tmp_path: Path) -> None:
    (exercise_folder / "task.py").write_text(
        FRAME_TASK.replace("for row in rows]", "for row in rows[1:]]")
    )
    with pytest.raises(ExerciseInvalid, match="one group for each"):
        prepare(load_exercise(exercise_folder), {}, secret=SECRET, out=tmp_path / "out")


@pytest.mark.parametrize(
    "lost", ["truth/targets.npy", "train/manifest.json", "hidden/manifest.json"]
)
def test_what_the_disk_did_not_keep_is_prepared_anew(
    prepared: Prepared, exercise: Exercise, files: Files, tmp_path: Path, lost: str
) -> None:
    place = prepared.train.parent
    (place / lost).write_bytes(b"")
    if lost.endswith(".json"):
        (place / lost).unlink()
    again = prepare(exercise, files, secret=SECRET, out=place.parents[1])
    assert again.key == prepared.key
    assert np.array_equal(again.truth.targets, prepared.truth.targets)
    assert (again.train / "manifest.json").is_file()
    assert (again.hidden / "manifest.json").is_file()
