"""Maps as answers: what is accepted, and what the two metrics make of it."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from labs.domain.errors import PredictionsRejected
from labs.domain.exercise import AnswerKind, AnswerSpec
from labs.grading import Prepared, Truth, parse_predictions
from labs.grading.map_feedback import map_feedback
from labs.grading.maps import ANIMAL, BACKGROUND, OUTLINE, pixel_aucs, pointing_hits, resized
from labs.grading.predictions import Predictions

COUNT = 6


@pytest.fixture
def prepared() -> Prepared:
    masks = np.zeros((COUNT, 28, 28), np.uint8)
    masks[:, 4:12, 4:12] = ANIMAL
    final = np.array([True] * 4 + [False] * 2)
    nowhere = Path("/nowhere")
    return Prepared(nowhere, nowhere, Truth(masks, final), AnswerSpec(AnswerKind.MAPS), "key")


def npy(array: np.ndarray) -> bytes:
    raw = io.BytesIO()
    np.save(raw, array)
    return raw.getvalue()


class TestWhatIsAccepted:
    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "uint8", "bool"])
    def test_maps_of_any_plain_numbers(self, prepared, dtype):
        given = parse_predictions(npy(np.ones((COUNT, 7, 7), dtype)), prepared)
        assert given.values.shape == (COUNT, 7, 7)
        assert given.values.dtype == np.float64

    def test_the_finest_maps(self, prepared):
        large = npy(np.zeros((COUNT, 56, 56)))
        assert parse_predictions(large, prepared).values.shape == (COUNT, 56, 56)

    @pytest.mark.parametrize(
        "shape",
        [(COUNT,), (COUNT, 7), (COUNT, 6, 6), (COUNT, 57, 57), (COUNT, 7, 8), (COUNT - 1, 7, 7),
         (COUNT, 1, 7, 7), (), (0, 7, 7), (COUNT, 49)],
    )  # fmt: skip
    def test_other_shapes_are_refused_with_the_right_one(self, prepared, shape):
        with pytest.raises(PredictionsRejected) as refused:
            parse_predictions(npy(np.zeros(shape, np.float32)), prepared)
        assert f"({COUNT}, h, h), with h from 7 to 56" in refused.value.detail

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
    def test_what_is_no_number_or_far_too_large_is_refused(self, prepared, value):
        maps = np.zeros((COUNT, 7, 7))
        maps[2, 3, 3] = value
        with pytest.raises(PredictionsRejected):
            parse_predictions(npy(maps), prepared)

    @pytest.mark.parametrize(
        "raw",
        [b"", b"\x93NUMPY", b"x" * 100, npy(np.zeros((COUNT, 7, 7)))[:-1],
         npy(np.zeros((COUNT, 7, 7))) + b"x", npy(np.zeros((COUNT, 7, 7), "S8")),
         npy(np.zeros((COUNT, 7, 7), complex)), npy(np.zeros((COUNT, 400, 400)))],
    )  # fmt: skip
    def test_hostile_bytes_are_refused(self, prepared, raw):
        with pytest.raises(PredictionsRejected):
            parse_predictions(raw, prepared)

    def test_a_header_that_promises_a_huge_array_makes_none(self, prepared):
        raw = npy(np.zeros((COUNT, 7, 7))).replace(b"(6, 7, 7)", b"(6, 7, 99999999)")
        with pytest.raises(PredictionsRejected):
            parse_predictions(raw, prepared)


class TestPointingGame:
    def test_the_highest_place_counts(self, prepared):
        maps = np.zeros((COUNT, 7, 7))
        maps[:3, 1, 1] = 1  # cell 1 of 7 is pixels 4 to 7 of 28: on the animal
        maps[3:, 5, 5] = 1
        assert pointing_hits(prepared.truth.targets, maps).tolist() == [1, 1, 1, 0, 0, 0]

    def test_a_map_that_says_nothing_gets_what_chance_would(self, prepared):
        share = (prepared.truth.targets[0] == ANIMAL).mean()
        hits = pointing_hits(prepared.truth.targets, np.full((COUNT, 14, 14), 3.0))
        assert hits == pytest.approx(share)

    def test_only_the_order_of_a_map_counts(self, prepared):
        maps = np.random.default_rng(1).normal(size=(COUNT, 9, 9))
        plain = pointing_hits(prepared.truth.targets, maps)
        assert np.array_equal(plain, pointing_hits(prepared.truth.targets, maps * 1e6 - 5))

    def test_the_outline_is_not_the_animal(self):
        mask = np.full((1, 28, 28), OUTLINE, np.uint8)
        assert pointing_hits(mask, np.random.default_rng(1).normal(size=(1, 7, 7)))[0] == 0


class TestPixelAuc:
    def test_the_mask_itself_is_perfect_and_its_opposite_is_worst(self, prepared):
        own = (prepared.truth.targets == ANIMAL).astype(float)
        assert pixel_aucs(prepared.truth.targets, own) == pytest.approx(1.0)
        assert pixel_aucs(prepared.truth.targets, -own) == pytest.approx(0.0)

    def test_it_is_the_area_that_scikit_learn_finds(self, prepared):
        maps = np.random.default_rng(2).normal(size=(COUNT, 28, 28))
        maps[0] = np.rint(maps[0])  # ties
        found = pixel_aucs(prepared.truth.targets, maps)
        for mask, values, auc in zip(prepared.truth.targets, maps, found, strict=True):
            assert auc == pytest.approx(roc_auc_score(mask.ravel(), values.ravel()))

    def test_the_outline_is_left_out(self, prepared):
        masks = prepared.truth.targets.copy()
        own = (masks == ANIMAL).astype(float)
        masks[:, 12, 4:12] = OUTLINE
        own[:, 12, 4:12] = 9
        assert pixel_aucs(masks, own) == pytest.approx(1.0)

    def test_where_there_is_nothing_to_tell_apart_it_is_a_half(self):
        maps = np.random.default_rng(3).normal(size=(1, 7, 7))
        for kind in (ANIMAL, BACKGROUND, OUTLINE):
            assert pixel_aucs(np.full((1, 28, 28), kind, np.uint8), maps)[0] == 0.5


def test_a_map_keeps_its_values_where_it_already_has_the_size():
    maps = np.random.default_rng(4).normal(size=(2, 7, 7))
    assert resized(maps, 7) == pytest.approx(maps)
    assert resized(maps, 56).min() >= maps.min()
    assert resized(np.full((1, 7, 7), 2.5), 56) == pytest.approx(2.5)


def test_the_feedback_shows_the_worst_maps_of_its_own_part_only(prepared):
    maps = np.zeros((COUNT, 7, 7))
    maps[:5, 1, 1] = 1
    maps[5, 5, 5] = 1
    shown = map_feedback(prepared.truth, Predictions(maps), None)
    assert (shown["examples"], shown["mistakes"]) == (2, 1)
    assert [example["predicted"] for example in shown["worst"]] == ["the background", "the animal"]
    assert (
        map_feedback(replace(prepared.truth, final=np.ones(COUNT, bool)), Predictions(maps), None)
        == {}
    )
