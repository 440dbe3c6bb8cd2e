"""From predictions to a grade and to feedback that gives nothing of the graded part away."""

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from labs.domain.grades import Grade
from labs.grading import Exercise, Outcome, Prepared, grade, load_exercise, parse_predictions
from labs.grading.pictures import png


def outcome(exercise: Exercise, prepared: Prepared, values: np.ndarray) -> Outcome:
    out = io.BytesIO()
    np.save(out, values)
    return grade(exercise, prepared, parse_predictions(out.getvalue(), prepared))


def swapped(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    wrong = labels.copy()
    wrong[rows] = 10 - wrong[rows]  # 3 <-> 7
    return wrong


def test_all_right_is_excellent(exercise: Exercise, prepared: Prepared) -> None:
    result = outcome(exercise, prepared, prepared.truth.targets)
    assert (result.grade, result.score) == (Grade.EXCELLENT, 100)
    assert result.metrics == {"accuracy": 1.0}
    assert result.hidden == prepared.truth.counts
    assert sum(result.hidden.values()) == prepared.count
    assert result.feedback["mistakes"] == 0
    assert result.feedback["worst"] == []


def test_one_answer_for_everything_fails(exercise: Exercise, prepared: Prepared) -> None:
    result = outcome(exercise, prepared, np.full(prepared.count, 3))
    assert result.grade is Grade.FAIL
    assert result.score < 60


def test_only_the_final_part_is_graded(exercise: Exercise, prepared: Prepared) -> None:
    truth = prepared.truth
    right_where_graded = swapped(truth.targets, np.flatnonzero(~truth.final))
    result = outcome(exercise, prepared, right_where_graded)
    assert result.metrics == {"accuracy": 1.0}
    assert result.feedback["mistakes"] == result.hidden["feedback"]


def test_feedback_tells_nothing_of_the_final_part(exercise: Exercise, prepared: Prepared) -> None:
    truth = prepared.truth
    wrong_where_graded = swapped(truth.targets, np.flatnonzero(truth.final))
    result = outcome(exercise, prepared, wrong_where_graded)
    assert result.metrics == {"accuracy": 0.0}
    assert result.feedback == outcome(exercise, prepared, truth.targets).feedback


def test_the_confusion_matrix_counts_actual_by_predicted(
    exercise: Exercise, prepared: Prepared
) -> None:
    truth = prepared.truth
    sevens = np.flatnonzero(~truth.final & (truth.targets == 7))
    threes = np.flatnonzero(~truth.final & (truth.targets == 3))
    feedback = outcome(exercise, prepared, swapped(truth.targets, sevens[:2])).feedback
    assert feedback["confusion"] == {
        "labels": ["3", "7"],
        "matrix": [[len(threes), 0], [2, len(sevens) - 2]],
    }
    assert feedback["most_confused"] == [{"actual": "7", "predicted": "3", "count": 2}]
    by_label = {row["label"]: row for row in feedback["per_class"]}
    assert by_label["3"]["recall"] == 1.0
    assert by_label["7"]["recall"] == (len(sevens) - 2) / len(sevens)
    assert by_label["7"]["examples"] == len(sevens)


def test_the_surest_mistakes_come_first_with_their_pictures(
    exercise: Exercise, prepared: Prepared
) -> None:
    truth = prepared.truth
    table = np.stack([truth.targets == 3, truth.targets == 7], axis=1) * 0.8 + 0.1
    unsure, sure = np.flatnonzero(~truth.final)[:2]
    table[unsure] = 1.1 - table[unsure] - 0.1
    table[sure] = np.where(truth.targets[sure] == 3, [0.01, 0.99], [0.99, 0.01])
    feedback = outcome(exercise, prepared, table).feedback
    worst = feedback["worst"]
    assert [example["confidence"] for example in worst] == [0.99, 0.9]
    assert worst[0]["actual"] == str(truth.targets[sure])
    assert worst[0]["predicted"] != worst[0]["actual"]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(worst[0]["picture"]))))
    assert (shown == np.load(prepared.hidden / "inputs.npy")[sure]).all()
    assert sum(row["examples"] for row in feedback["calibration"]) == feedback["examples"]
    assert all(row["from"] <= row["confidence"] <= row["to"] for row in feedback["calibration"])


def test_scores_that_are_no_probabilities_are_graded_without_confidence(
    exercise: Exercise, prepared: Prepared
) -> None:
    logits = np.stack([prepared.truth.targets == 3, prepared.truth.targets == 7], axis=1) * 9.0 - 4
    logits[np.flatnonzero(~prepared.truth.final)[0]] *= -1
    feedback = outcome(exercise, prepared, logits).feedback
    assert feedback["calibration"] is None
    assert [example["confidence"] for example in feedback["worst"]] == [None]


def test_another_threshold_gives_another_grade(
    exercise_folder: Path, prepared: Prepared, edit: Callable[[str, str, str], None]
) -> None:
    mistakes = np.flatnonzero(prepared.truth.final)[:1]
    values = swapped(prepared.truth.targets, mistakes)
    accuracy = 1 - 1 / prepared.truth.counts["final"]
    assert 0.93 < accuracy < 0.98
    assert outcome(load_exercise(exercise_folder), prepared, values).grade is Grade.PASS
    edit("lab.toml", "good = 0.98", "good = 0.94")
    assert outcome(load_exercise(exercise_folder), prepared, values).grade is Grade.GOOD


def test_a_figure_beyond_what_is_possible_is_flagged(
    exercise: Exercise, prepared: Prepared
) -> None:
    assert outcome(exercise, prepared, prepared.truth.targets).flagged == ""
    limited = replace(exercise.spec.thresholds, possible=0.995)
    suspicious = replace(exercise, spec=replace(exercise.spec, thresholds=limited))
    result = outcome(suspicious, prepared, prepared.truth.targets)
    assert "accuracy 1.0000 is better than 0.995" in result.flagged
    assert "possible" not in result.thresholds


def test_a_png_reads_back_as_the_image_it_was_made_from() -> None:
    random = np.random.default_rng(0)
    for shape in ((28, 28), (5, 9, 3)):
        pixels = random.integers(0, 256, shape).astype(np.uint8)
        assert (np.asarray(Image.open(io.BytesIO(png(pixels)))) == pixels).all()


def test_error_by_group_counts_the_feedback_part_alone(
    exercise: Exercise, prepared: Prepared
) -> None:
    final = prepared.truth.final
    names = ["few" if row % 5 == 0 else "many" for row in range(len(final))]
    truth = replace(prepared.truth, groups={"kind": names})
    shown = np.flatnonzero(~final)
    few = shown[shown % 5 == 0]
    values = swapped(truth.targets, np.r_[few[:3], np.flatnonzero(final)])
    feedback = outcome(exercise, replace(prepared, truth=truth), values).feedback
    assert feedback["error_by_group"] == [
        {
            "by": "kind",
            "groups": [
                {"name": "many", "examples": len(shown) - len(few), "mistakes": 0, "error": 0.0},
                {
                    "name": "few",
                    "examples": len(few),
                    "mistakes": 3,
                    "error": round(3 / len(few), 4),
                },
            ],
        }
    ]


def test_a_lab_that_names_no_groups_shows_none(exercise: Exercise, prepared: Prepared) -> None:
    assert outcome(exercise, prepared, prepared.truth.targets).feedback["error_by_group"] == []
