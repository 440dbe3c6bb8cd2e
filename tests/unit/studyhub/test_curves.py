"""Smoothed curves, earlier runs under them, and marks that do not cover one another."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyhub.base.charts import Bar, threshold_bar
from studyhub.base.curves import Beside, Series, panels, smooth

UP_AND_DOWN = tuple((float(step), float(step % 2)) for step in range(40))


def test_without_a_weight_a_line_stays_as_it_was():
    assert smooth(UP_AND_DOWN, 0.0) == UP_AND_DOWN


def test_smoothing_begins_at_the_first_value_and_not_at_zero():
    smoothed = smooth(((0.0, 5.0), (1.0, 5.0), (2.0, 5.0)), 0.9)
    assert [value for _, value in smoothed] == pytest.approx([5.0, 5.0, 5.0])


def test_the_second_value_is_the_mean_that_adam_would_take():
    # (0.5 * 0.5 * 1 + 0.5 * 3) / (1 - 0.5 ** 2)
    assert smooth(((0.0, 1.0), (1.0, 3.0)), 0.5)[1][1] == pytest.approx(1.75 / 0.75)


def test_smoothing_calms_a_line():
    values = [value for _, value in smooth(UP_AND_DOWN, 0.9)][10:]
    assert max(values) - min(values) < 0.2


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50),
    st.floats(0, 0.99),
)
def test_a_smoothed_line_stays_between_its_ends(values, weight):
    smoothed = smooth(tuple((float(i), value) for i, value in enumerate(values)), weight)
    room = 1e-6 * max(1.0, *(abs(value) for value in values))
    assert all(min(values) - room <= value <= max(values) + room for _, value in smoothed)


def test_the_table_keeps_what_was_logged():
    (panel,) = panels([Series("loss", ((0, 1.0), (1, 0.0)))], smoothing=0.9)
    assert panel.rows() == [("0", ["1"]), ("1", ["0"])]


def test_of_an_earlier_run_only_the_line_to_compare_by_is_drawn():
    own = [Series(name, ((0, 1.0), (9, 0.5))) for name in ("train", "valid")]
    earlier = [
        Beside(f"run {n}", (own[0], Series("valid", ((0, 1.0), (4, 0.3 + n))))) for n in range(5)
    ]
    (panel,) = panels(own, earlier)
    assert panel.columns == ["train", "valid", "valid, run 0", "valid, run 1", "valid, run 2"]
    assert len(re.findall('class="line past', panel.svg)) == 3
    assert "run 0 0.3" in panel.svg
    ElementTree.fromstring(panel.svg)


def test_a_run_that_logged_other_names_is_left_out():
    (panel,) = panels(
        [Series("valid", ((0, 1.0),))], [Beside("run 1", (Series("x", ((0, 1.0),)),))]
    )
    assert panel.beside == ()


def test_labels_at_the_ends_of_lines_keep_apart():
    near = [
        Beside(f"run {n}", (Series("valid", ((0, 1.0), (9, 0.1 + n / 1000))),)) for n in range(3)
    ]
    (panel,) = panels([Series(n, ((0, 1.0), (9, 0.1))) for n in ("train", "valid")], near)
    labels = re.findall(r'class="last[^"]*" x="99.6%" y="([\d.]+)"', panel.svg)
    heights = sorted(map(float, labels))
    assert len(heights) == 5
    assert all(after - before >= 14.9 for before, after in pairwise(heights))


def anchors(marks: dict[str, float], **more) -> list[str]:
    svg = threshold_bar(Bar(marks, **more), "accuracy")
    ElementTree.fromstring(svg)
    return [
        re.search(rf'<text class="([^"]*)"[^>]*>{name.capitalize()}<', svg)[1]
        .removesuffix("strong")
        .strip()
        for name in marks
    ]


def test_marks_of_a_bar_that_are_close_lean_apart():
    marks = {"pass": 0.6, "good": 0.985, "excellent": 0.991}
    assert anchors(marks, baseline=0.3) == ["mid", "last", ""]


def test_a_mark_between_two_close_ones_stands_above_them():
    marks = {"pass": 0.98, "good": 0.983, "excellent": 0.986}
    assert anchors(marks, baseline=0.3) == ["last", "mid", ""]
    assert 'y="36" overflow' in threshold_bar(Bar(marks, baseline=0.3), "accuracy")


def test_errors_that_lie_close_together_fill_the_width():
    marks = {"pass": 0.88, "good": 0.855, "excellent": 0.825}
    svg = threshold_bar(
        Bar(marks, baseline=0.893, reference=0.805, higher=False, is_share=False), "error"
    )
    places = [float(x) for x in re.findall(r'<line class="s-ink" x1="([\d.]+)%"', svg)]
    assert places == sorted(places)
    assert places[-1] - places[0] > 40
