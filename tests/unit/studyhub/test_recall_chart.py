"""The curve of one card's predicted recall."""

import re
from xml.etree import ElementTree

from studyhub.base.charts.recall import recall_curve

FALLS = [[(0.0, 1.0), (3.0, 0.8)], [(3.0, 1.0), (9.0, 0.9)]]


def drawn(falls=FALLS, **words) -> str:
    asked = {"days": 9.0, "today": 5.0, "aim": 0.9, "ends": ("Mon 2 Mar", "Wed 11 Mar")}
    return recall_curve(falls, "Recall: 95 % <today>", **{**asked, **words})


def test_each_review_begins_a_line_at_full_recall():
    svg = drawn()
    ElementTree.fromstring(svg)
    assert svg.count("<polyline") == svg.count("<circle") == 2
    assert "&lt;today&gt;" in svg
    assert "style=" not in svg


def test_a_card_that_was_nearly_forgotten_gets_the_whole_scale():
    assert "50\u202f%" in drawn()
    low = drawn([[(0.0, 1.0), (9.0, 0.2)]])
    assert ">0\u202f%<" in low
    heights = [float(y) for y in re.findall(r",(\d+\.\d)", low)]
    assert all(0 <= y <= 166 for y in heights)


def test_the_day_of_the_first_review_can_be_drawn():
    ElementTree.fromstring(drawn([[(0.0, 1.0)]], days=0.0, today=0.0))
