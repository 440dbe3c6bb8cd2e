"""Bytes that a learner's predict returned: what is refused, and in which words."""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.domain.errors import PredictionsRejected
from labs.grading import Prepared, parse_predictions


def npy(values: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, values, **options)
    return out.getvalue()


@pytest.fixture
def refused(prepared: Prepared) -> Callable[[bytes], PredictionsRejected]:
    def check(raw: bytes) -> PredictionsRejected:
        with pytest.raises(PredictionsRejected) as error:
            parse_predictions(raw, prepared)
        return error.value

    return check


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int32", ">i4", "float32", "float64"])
def test_labels_of_any_plain_number_type_are_read(prepared: Prepared, dtype: str) -> None:
    values = np.resize([3, 7, 7], prepared.count)
    given = parse_predictions(npy(values.astype(dtype)), prepared)
    assert given.values.tolist() == values.tolist()
    assert given.probabilities is None


def test_probabilities_become_the_label_of_the_largest(prepared: Prepared) -> None:
    table = np.zeros((prepared.count, 2), dtype=np.float32)
    table[:, 1] = np.linspace(0, 1, prepared.count)
    table[:, 0] = 1 - table[:, 1]
    given = parse_predictions(npy(table), prepared)
    assert given.values[0] == 3
    assert given.values[-1] == 7
    assert given.probabilities is not None
    assert given.probabilities.shape == (prepared.count, 2)


def test_columns_in_fortran_order_are_read_as_columns(prepared: Prepared) -> None:
    table = np.zeros((prepared.count, 2))
    table[:, 1] = 1
    given = parse_predictions(npy(np.asfortranarray(table)), prepared)
    assert set(given.values.tolist()) == {7}


def test_too_few_answers_are_counted(prepared: Prepared, refused) -> None:
    m = prepared.count
    error = refused(npy(np.full(m - 38, 3)))
    assert error.kind == "wrong-shape"
    assert error.message == f"predict returned {m - 38} values, {m} inputs were given."
    assert f"shape ({m},), or ({m}, 2) for probabilities" in error.detail


def test_an_array_of_columns_is_told_to_drop_the_axis(prepared: Prepared, refused) -> None:
    error = refused(npy(np.full((prepared.count, 1), 3)))
    assert f"shape ({prepared.count}, 1)" in error.message
    assert ".squeeze(1)" in error.detail


def test_three_probabilities_for_two_classes_are_refused(prepared: Prepared, refused) -> None:
    raw = npy(np.zeros((prepared.count, 3), dtype=np.float16))
    assert refused(raw).kind == "wrong-shape"


@pytest.mark.parametrize("columns", [None, 2])
def test_nan_and_infinity_are_counted(prepared: Prepared, refused, columns: int | None) -> None:
    values = np.full(prepared.count if columns is None else (prepared.count, columns), 3.0)
    values.flat[:2] = np.nan
    values.flat[2] = np.inf
    error = refused(npy(values))
    assert error.kind == "not-finite"
    assert f"2 NaN and 1 infinite among {values.size} values" in error.message
    assert "learning rate" in error.detail


def test_other_labels_than_the_labs_are_named(prepared: Prepared, refused) -> None:
    values = np.full(prepared.count, 3)
    values[:4] = [0, 1, 0, 12]
    error = refused(npy(values))
    assert error.kind == "unknown-labels"
    assert error.message == "predict returned other labels than 3 and 7: 0, 1, 12."
    assert f"4 of {prepared.count} predictions" in error.detail


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (np.array(["3", "7"]), "texts"),
        (np.array([3j, 7j]), "complex numbers"),
        (np.zeros(2, dtype=[("label", "i4")]), "label"),
        (np.zeros(2, dtype="datetime64[s]"), "datetime64"),
    ],
)
def test_what_is_no_plain_number_is_named(refused, values: np.ndarray, name: str) -> None:
    error = refused(npy(values))
    assert error.kind == "wrong-type"
    assert name in error.message


class _Trap:
    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (_spring, ())


def _spring() -> None:
    _Trap.sprung = True


def test_objects_are_refused_without_unpickling_them(refused) -> None:
    raw = npy(np.array([_Trap()], dtype=object), allow_pickle=True)
    assert "Python objects" in refused(raw).message
    assert refused(pickle.dumps(_Trap())).kind == "not-an-array"
    assert not _Trap.sprung


def test_more_bytes_than_answers_need_are_not_looked_at(prepared: Prepared, refused) -> None:
    assert refused(npy(np.zeros(100 * prepared.count + 1_000))).kind == "too-large"


@pytest.mark.parametrize(
    "shape", ["(10**9,)", "(-1,)", "(0, -5)", "(0x" + "f" * 3_600 + ",)", "(2**62, 2**62)", "()"]
)
def test_a_header_that_lies_about_its_size_is_refused(refused, shape: str) -> None:
    """Written out, since literal_eval reads no powers: as numbers of that size."""
    for power in ("10**9", "2**62"):
        shape = shape.replace(power, str(eval(power)))
    text = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    raw = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 80
    assert refused(raw).kind in {"wrong-shape", "not-an-array"}


def test_bytes_after_the_array_are_refused(prepared: Prepared, refused) -> None:
    assert refused(npy(np.full(prepared.count, 3)) + b"more").kind == "wrong-shape"


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_bytes_ever_do_more_than_be_refused(prepared: Prepared, data: st.DataObject) -> None:
    raw = bytearray(npy(np.full(prepared.count, 3)))
    if data.draw(st.booleans()):
        raw = bytearray(b"\x93NUMPY\x01\x00") + data.draw(st.binary(max_size=200))
    for place in data.draw(st.lists(st.integers(0, min(len(raw) - 1, 140)), max_size=6)):
        raw[place] = data.draw(st.integers(0, 255))
    try:
        values = parse_predictions(bytes(raw), prepared).values
    except PredictionsRejected:
        return  # and nothing else may be raised
    assert values.shape == (prepared.count,)
    assert set(values.tolist()) <= {3, 7}
