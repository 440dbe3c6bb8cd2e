"""Charts: where things stand, and what they say to those who do not see them."""

import math
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studyhub.base.charts import (
    Bar,
    Column,
    Share,
    ShareRow,
    Stack,
    columns,
    heat_map,
    predicted_against_seen,
    recall_bar,
    share_bars,
    shares_over_time,
    skill_bar,
    spread_labels,
    stacks,
    threshold_bar,
)
from studyhub.base.curves import Series, panels, trend
from studyhub.web.standing import forecast_bars

TODAY = date(2026, 11, 21)
MARKS = {"pass": 0.93, "good": 0.98, "excellent": 0.99}


def at(svg: str, word: str) -> float:
    """Where in the chart, in per cent, a label stands."""
    found = re.search(rf'x="([\d.]+)%" y="[\d.]+">{word}<', svg)
    assert found, f"no {word} in {svg}"
    return float(found.group(1))


def test_halving_the_mistakes_is_one_equal_stretch():
    svg = threshold_bar(Bar({"pass": 0.92, "good": 0.96, "excellent": 0.98}), "accuracy")
    first, second = at(svg, "Good") - at(svg, "Pass"), at(svg, "Excellent") - at(svg, "Good")
    assert first == pytest.approx(second, abs=0.2)


def test_for_an_error_less_is_further_right():
    marks = {"pass": 0.88, "good": 0.855, "excellent": 0.825}
    bar = Bar(marks, baseline=0.9, higher=False, is_share=False)
    svg = threshold_bar(bar, "mean squared error")
    assert at(svg, "Pass") < at(svg, "Good") < at(svg, "Excellent")
    assert "pass 0.88" in svg


@given(st.floats(0, 1))
def test_your_mark_never_leaves_the_bar(you):
    svg = threshold_bar(Bar(MARKS, baseline=0.95, reference=0.999, you=you), "accuracy")
    assert all(0 <= float(x) <= 100 for x in re.findall(r'x="(-?[\d.]+)%"', svg))


@pytest.mark.parametrize(("baseline", "reference"), [(0.879, 0.91), (0.91, 0.9), (0.9, 0.9)])
def test_labels_of_baseline_and_reference_step_apart_where_they_would_meet(baseline, reference):
    marks = {"pass": 0.86, "good": 0.89, "excellent": 0.9}
    svg = threshold_bar(Bar(marks, baseline=baseline, reference=reference), "accuracy")
    first, second = at(svg, "Baseline"), at(svg, "Reference")
    assert abs(second - first) >= 20.5
    assert (first < second) == (baseline <= reference)
    circles = [float(x) for x in re.findall(r'cx="([\d.]+)%"', svg)]
    assert circles == sorted(circles, reverse=baseline > reference)


def test_the_bar_is_read_out_from_worst_to_best():
    svg = threshold_bar(Bar(MARKS, baseline=0.95, reference=0.999, you=0.985), "accuracy")
    label = re.search(r'aria-label="([^"]+)"', svg)
    assert label is not None
    spoken = label.group(1).replace("\u202f", " ")
    assert spoken == (
        "Accuracy scale: pass 93 %, baseline 95 %, good 98 %, your run 98.5 %, "
        "excellent 99 %, reference 99.9 %"
    )


def test_a_metric_with_a_hostile_name_stays_text():
    (panel,) = panels([Series("<script>x</script>", ((0, 1.0), (1, 2.0)))])
    assert "<script" not in panel.svg
    ElementTree.fromstring(panel.svg)


def test_losses_and_scores_are_drawn_apart_and_rates_not_at_all():
    lines = [Series(n, ((0, 0.5), (1, 0.4))) for n in ("train_loss", "valid_accuracy", "lr")]
    assert [panel.title for panel in panels(lines)] == ["Loss", "Score"]


def test_a_fine_scale_has_even_labels():
    (panel,) = panels([Series("accuracy", ((1, 0.99), (2, 0.999)))])
    assert all(f">{tick}<" in panel.svg for tick in ("0.9925", "0.995", "0.9975"))


def test_a_line_of_nothing_but_nan_is_left_out():
    assert panels([Series("loss", ((0, float("nan")), (1, float("inf"))))]) == []


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=400), min_size=1, max_size=5))
def test_any_numbers_make_a_chart_that_parses(values):
    lines = [
        Series(f"loss {i}", tuple((float(step), value) for step, value in enumerate(line)))
        for i, line in enumerate(values)
    ]
    for panel in panels(lines):
        ElementTree.fromstring(panel.svg)
        assert 1 <= len(panel.rows()) <= 12


EXTREME = st.floats() | st.sampled_from([1e308, -1e308, 5e-324, 2.0**63, 1e16, 1e16 + 2])


@given(st.lists(st.tuples(EXTREME, EXTREME), min_size=1, max_size=8))
@example([(0.0, 1e308), (1.0, -1e308)])
@example([(-1e308, 1.0), (1e308, 2.0)])
@example([(0.0, 0.0), (1.0, 5e-324)])
def test_what_no_scale_holds_breaks_no_chart(points):
    known = sorted(p for p in points if not any(map(math.isnan, p)))
    for panel in panels([Series("loss", tuple(known))]):
        ElementTree.fromstring(panel.svg)
        assert not re.search(r"\b(nan|inf)\b", panel.svg)


def test_a_trend_is_told_from_the_last_quarter():
    down = Series("loss", tuple((float(i), 1 / (i + 1)) for i in range(40)))
    up = Series("loss", tuple((float(i), 1 + i / 40) for i in range(40)))
    flat = Series("loss", tuple((float(i), 0.5) for i in range(40)))
    assert (trend(down), trend(up), trend(flat)) == ("falling", "rising", "flat")


def test_the_year_has_a_square_for_every_day_up_to_today():
    counts = {TODAY: 20, TODAY - timedelta(days=1): 1, TODAY - timedelta(days=500): 9}
    svg = heat_map(counts, TODAY)
    assert svg.count("<rect") == 52 * 7 + TODAY.weekday() + 1
    assert "2 days with study, 21 reviews" in svg


def test_the_forecast_names_today_and_the_fullest_day():
    days = [(TODAY + timedelta(days=i), n) for i, n in enumerate([4, 0, 31, 2])]
    svg = forecast_bars(days)
    assert ">4<" in svg
    assert ">31<" in svg
    assert ">2<" not in svg
    assert svg.count("<rect") == 3
    ElementTree.fromstring(forecast_bars([(TODAY, 0)]))


def test_what_was_not_started_is_dots_alone():
    assert "<rect" not in recall_bar(None)
    assert "<rect" not in skill_bar(None, started=False)
    assert skill_bar("good", started=True).count("f-skill") == 2
    assert skill_bar("fail", started=True).count("f-skill") == 0


# --- statistics ------------------------------------------------------------------------


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def test_numbers_that_would_meet_are_not_both_written():
    shown = [Column(87, strong=True), Column(98), *[Column(40)] * 28]
    svg = columns(shown, "Cards", below={0: "today"}, numbers={0: "87", 1: "98", 20: "40"})
    assert texts(svg) == ["87", "40", "today"]


def test_a_column_of_nothing_is_not_drawn():
    svg = columns([Column(0), Column(0)], "Cards", below={}, numbers={})
    assert "<rect" not in svg


def test_the_median_stands_among_the_bins():
    shown = [Column(1), Column(2), Column(1)]
    svg = columns(shown, "Cards", below={}, numbers={}, median_at=1.5)
    assert 'x1="50.00%"' in svg
    assert texts(svg) == ["half below"]


SHARES = st.builds(
    lambda value, spread: Share(value, max(0, value - spread), min(1, value + spread), 0.5),
    st.floats(0, 1),
    st.floats(0, 1),
)


@given(st.lists(st.none() | SHARES, min_size=1, max_size=60), st.floats(0.7, 0.99))
def test_every_share_stands_within_its_chart(shares, asked):
    svg = shares_over_time(shares, [f"{n} Nov" for n in range(len(shares))], asked, "Recall")
    circles = list(ElementTree.fromstring(svg).iter("circle"))
    assert len(circles) == sum(share is not None for share in shares)
    assert all(0 <= float(c.attrib["cy"]) <= 180 for c in circles)
    assert all(0 <= float(c.attrib["cx"].rstrip("%")) <= 100 for c in circles)


@given(st.lists(st.tuples(st.floats(0, 1), SHARES), min_size=1, max_size=12))
def test_predictions_stand_within_their_chart(shown):
    svg = predicted_against_seen(shown, "Recall")
    for circle in ElementTree.fromstring(svg).iter("circle"):
        assert 10 <= float(circle.attrib["cx"].rstrip("%")) <= 97.1


def test_higher_recall_stands_higher():
    low, high = Share(0.8, 0.7, 0.9), Share(0.95, 0.9, 1.0)
    svg = shares_over_time([low, high], ["a", "b"], 0.9, "Recall")
    first, second = (float(c.attrib["cy"]) for c in ElementTree.fromstring(svg).iter("circle"))
    assert second < first


def test_a_part_without_room_for_its_name_keeps_its_number():
    rows = [Stack("Young", "9 answers", (0.05, 0.12, 0.73, 0.1))]
    svg = stacks(rows, ("Again", "Hard", "Good", "Easy"), "Buttons")
    written = [words.replace("\u202f", " ") for words in texts(svg)]
    assert written == ["Young", "9 answers", "12 %", "Good 73 %", "10 %"]


def test_names_of_chapters_stay_text():
    svg = share_bars([ShareRow("<b>&", None, "–")], 0.9, "Chapters")
    assert texts(svg)[0] == "<b>&"


def test_labels_are_spread_from_the_first_to_the_last():
    assert spread_labels(53, 3) == [0, 26, 52]
    assert spread_labels(2, 3) == [0, 1]
    assert spread_labels(0, 3) == []
