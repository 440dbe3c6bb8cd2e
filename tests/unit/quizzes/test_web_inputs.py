"""Between a form's fields and the answers that are graded."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from quizzes.web.inputs import field_context, given_in, verdict_context

THREE = SimpleNamespace(choices=[{"id": i, "html": i} for i in ("a", "b", "c")])


@pytest.mark.parametrize(
    ("kind", "sent", "given"),
    [
        ("choice", "answer=a", "a"),
        ("multiple", "answer=a&answer=c", ["a", "c"]),
        ("numeric", "answer=+3.5+", "3.5"),
        ("cloze", "answer=loss&answer=", ["loss", ""]),
        ("ordering", "place-a=3&place-b=1&place-c=2", ["b", "c", "a"]),
        ("ordering", "place-a=1&place-b=1&place-c=2", ["c"]),
        ("ordering", "place-a=x&place-b=1", ["b"]),
    ],
)
def test_a_form_becomes_an_answer(kind, sent, given):
    assert given_in(kind, QueryDict(sent), THREE) == given


def test_an_option_that_is_only_a_formula_has_a_name_in_words():
    formula = "<math><msup><mi>t</mi><mn>2</mn></msup></math>"
    asked = SimpleNamespace(kind="choice", choices=[{"id": "a", "html": formula}])
    fields = field_context(asked)
    assert fields["rows"][0]["text"] == "t^2"
    page = render_to_string("quizzes/inputs.html", fields)
    assert 'aria-label="t^2"' in page


def verdict(kind, **words):
    asked = {"given": None, "expected": None, "notes": {}, "correct": False, **words}
    return verdict_context(kind, THREE.choices, **asked)


def test_a_wrong_choice_shows_both_and_why():
    shown = verdict("choice", given="a", expected="b", notes={"a": "Because."})
    rows = {row["id"]: row for row in shown["rows"]}
    assert (rows["a"]["chosen"], rows["a"]["right"], rows["a"]["why_html"]) == (
        True,
        False,
        "Because.",
    )
    assert rows["b"]["right"]
    assert shown["verdict"]["says"] == ""


def test_an_ordering_is_shown_as_it_is_right_with_the_place_that_was_given():
    shown = verdict("ordering", given=["b", "a", "c"], expected=["a", "b", "c"])
    assert [(row["id"], row["right"], row["place"]) for row in shown["rows"]] == [
        ("a", False, 2),
        ("b", False, 1),
        ("c", True, 3),
    ]


def test_a_wrong_number_is_told_with_its_unit():
    shown = verdict("numeric", given="12", expected=784.0, unit="px")
    assert shown["verdict"]["says"] == "It is 784 px."
    assert shown["given_text"] == "12"


def test_two_gaps_are_told_together():
    shown = verdict(
        "cloze", given=["x", "steps"], expected=["mini-batch", "steps"], message="1 of 2 gaps"
    )
    assert shown["verdict"]["says"] == "They are mini-batch, steps. You had 1 of 2 gaps."


def test_not_knowing_is_no_given_answer():
    assert verdict("numeric", expected=3.0)["given_text"] == ""
