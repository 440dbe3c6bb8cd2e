"""Numbers with units, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.quantities import quantity
from quizzes.domain.units import PLAIN, unit_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234", {1.234, 1234.0}),
        ("1.234", {1.234}),
        ("0,234", {0.234}),
        ("1.234,5", {1234.5}),
        ("1,234.5", {1234.5}),
        ("1 234 567", {1234567.0}),
        ("1'234", {1234.0}),
        ("1_000", {1000.0}),
        ("1.234.567", {1234567.0}),
        ("1/3", {1 / 3}),
        ("1 1/2", {1.5}),
        ("2½", {2.5}),
        ("-½", {-0.5}),
        ("1 000/2", {500.0}),
        (".5", {0.5}),
        ("3.", {3.0}),
        ("− 3", {-3.0}),
        ("3·10²", {300.0}),
        ("2e-3", {0.002}),
        ("10^-3", {0.001}),
        ("10³", {1000.0}),
        ("1,5 million", {1.5e6}),
    ],
)
def test_every_way_to_write_a_number_has_its_readings(text, values):
    read = quantity(text)
    assert read is not None
    assert sorted(read.values) == pytest.approx(sorted(values))


@pytest.mark.parametrize(
    "text",
    ["", "1 2", "1,2,3", "1.2.3", "12 34", "three", "--3", "1/0", "3/", "1e", "5 + 5", "3-4", "5-",
     "1e9999", "2^10", "=3", "<3", "①", "1..2", "1,,2", ",", "0x10x", "9" * 101],
)  # fmt: skip
def test_what_is_no_number_or_not_one_is_not_guessed_at(text):
    read = quantity(text)
    assert read is None or read.unit.dimension.startswith("?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 m", "300 cm"),
        ("1.5 h", "90 minutes"),
        ("2 GB", "2000 MB"),
        ("1 MiB", "1024 KiB"),
        ("8 Mb", "1 MB"),
        ("50 %", "0.5"),
        ("5 µm", "5000 nm"),
        ("64 images", "64 image"),
        ("1,5 million", "1 500 000"),
        ("2 Millions", "2000 thousand"),
        ("3 thousandths", "0.003"),
        ("2 million images", "2000 thousand images"),
        ("3PX", "3 pixels"),
    ],
)
def test_the_same_amount_in_another_unit_is_the_same(one, other):
    assert quantity(one).means(quantity(other))
    assert quantity(other).means(quantity(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [("3 m", "3 s"), ("3", "3 px"), ("8 Mb", "8 MB"), ("2 KB", "2 kiB"), ("3 ms", "3 min"),
     ("50 %", "50"), ("64 images", "64 epochs"), ("1,234", "1.235"), ("-1", "1")],
)  # fmt: skip
def test_another_amount_is_another(one, other):
    assert not quantity(one).means(quantity(other))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_as_it_is_printed(value):
    read = quantity(repr(value))
    assert read is not None
    assert any(reading == pytest.approx(value, rel=1e-12) for reading in read.values)
    assert read.unit == PLAIN


@given(st.integers(1, 10**12))
def test_thousands_separators_change_nothing(value):
    for sign in ",' _":
        assert float(value) in quantity(f"{value:,}".replace(",", sign)).values


@given(st.text(max_size=120))
def test_any_text_is_read_or_not_but_never_fails(text):
    unit_of(text)
    read = quantity(text)
    assert read is None or read.values
