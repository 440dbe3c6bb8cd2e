import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.domain.prompts import (
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    Item,
    NumericAnswer,
    Option,
    OrderingAnswer,
    ShortAnswer,
    TextAnswer,
)
from quizzes.domain.answers import check, expected
from quizzes.domain.errors import AnswerFormatError

THREE = NumericAnswer(3.0, 0.01)
PIXELS = NumericAnswer(1234.0, 0.0, "px")
LAYERS = OrderingAnswer(tuple(Item(i, i) for i in ("a", "b", "c", "d")))
PICKS = ChoiceAnswer((Option("a", "A", True), Option("b", "B", True), Option("c", "C", False)))
ONE = ChoiceAnswer((Option("a", "A", False), Option("b", "B", True), Option("c", "C", False)))
ANSWERS = [
    THREE,
    PIXELS,
    LAYERS,
    PICKS,
    ONE,
    ShortAnswer(("gradient descent",)),
    ClozeAnswer((("loss",), ("metric", "accuracy"))),
    CodeAnswer("[1, 2]"),
]


@pytest.mark.parametrize(
    "text", ["3", " 3.0 ", "3,0", "+3", "3e0", "6/2", "30 x 10^-1", "0.3×10¹", "2.995", 3, 3.005]
)
def test_a_number_counts_however_it_is_written(text):
    assert check(THREE, text).correct


@pytest.mark.parametrize("text", ["3.02", "-3", "−3", "0.3", 0])
def test_a_number_outside_the_tolerance_is_wrong(text):
    verdict = check(THREE, text)
    assert (verdict.correct, verdict.score, verdict.expected) == (False, 0.0, 3.0)


@pytest.mark.parametrize("text", ["1234 px", "1,234px", "1 234 Pixels", "1.234,0", "1'234", 1234])
def test_units_and_thousands_are_read(text):
    assert check(PIXELS, text).correct


@pytest.mark.parametrize(
    "text", ["three", "", None, True, [], "nan", "inf", "3 cm", {"n": 3}, "1e400", "1e999 px"]
)
def test_what_is_no_number_is_explained_and_not_graded(text):
    with pytest.raises(AnswerFormatError, match="a number such as 3\\.5"):
        check(THREE, text)


PERCENT, RATE = NumericAnswer(97.0, 0.1, "%"), NumericAnswer(0.97, 0.001)
SECONDS, TINY = NumericAnswer(90.0, 0.0, "s"), NumericAnswer(1e-12, 0.0)
MILLIONS, SHARE = NumericAnswer(37.7, 0.3, "million"), NumericAnswer(5.0, 0.5, "thousandths")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (PERCENT, "97"),
        (PERCENT, "97 %"),
        (PERCENT, "97 percent"),
        (RATE, "97 %"),
        (RATE, "0,97"),
        (SECONDS, "1.5 min"),
        (SECONDS, "90000 ms"),
        (SECONDS, "1 ½ minutes"),
        (SECONDS, "0.025 h"),
        (NumericAnswer(2e6, 0.0), "2 million"),
        (NumericAnswer(2e6, 0.0, "pixels"), "2 million"),
        (NumericAnswer(2.0, 0.0, "million pixels"), "2 million px"),
        (MILLIONS, "37.7"),
        (MILLIONS, "37,7 million"),
        (MILLIONS, "37,700,000"),
        (MILLIONS, 37_700_000),
        (SHARE, "5"),
        (SHARE, "5 thousandths"),
        (SHARE, "0.005"),
        (TINY, "1e-12"),
        (TINY, "10⁻¹²"),
    ],
)
def test_units_and_percent_are_converted_where_they_can_only_mean_one_thing(answer, text):
    assert check(answer, text).correct


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (PERCENT, "0.97"),
        (RATE, "97"),
        (SECONDS, "90 min"),
        (TINY, "5e-12"),
        (THREE, "3 %"),
        (MILLIONS, "37.7 billion"),
        (MILLIONS, "377"),
        (SHARE, "0.05"),
        (SHARE, "5 million"),
    ],
)
def test_a_number_of_another_size_is_wrong(answer, text):
    assert not check(answer, text).correct


@pytest.mark.parametrize("answer", [THREE, PIXELS, ShortAnswer(("x",)), ClozeAnswer((("x",),))])
@pytest.mark.parametrize("text", ["9" * 10_000, "̈" * 9_000, "ﷺ" * 19_000, "1e" + "9" * 5_000])
def test_hostile_texts_are_refused_or_wrong(answer, text):
    with contextlib.suppress(AnswerFormatError):
        assert not check(answer, text).correct


def test_integers_beyond_writing_are_explained():
    for answer in (THREE, ShortAnswer(("x",)), CodeAnswer("x")):
        with pytest.raises(AnswerFormatError):
            check(answer, 10**5000)


def test_a_unit_other_than_the_asked_one_is_explained():
    with pytest.raises(AnswerFormatError, match="3\\.5 px"):
        check(PIXELS, "1234 cm")


@pytest.mark.parametrize(
    "text",
    ["Gradient Descent", "gradient-descent", "the gradient descent", "“gradient  descent”.", "SGD"],
)
def test_wording_is_matched_leniently(text):
    assert check(ShortAnswer(("gradient descent", "SGD")), text).correct


@pytest.mark.parametrize(
    ("accepted", "text"),
    [("C++", "C"), ("-1", "1"), ("1", "-1"), ("ascent", "descent"), ("F1", "F2"), ("a", "the")],
)
def test_wording_that_means_something_else_is_wrong(accepted, text):
    assert not check(ShortAnswer((accepted,)), text).correct


def test_accents_and_decimal_commas_do_not_matter():
    assert check(ShortAnswer(("naïve Bayes",)), "Naive bayes").correct
    assert check(ShortAnswer(("0.5",)), "0,5").correct


def test_cloze_gaps_are_counted_one_by_one():
    answer = ClozeAnswer((("loss",), ("metric", "accuracy")))
    assert check(answer, ["Loss", "accuracy"]).correct
    half = check(answer, ["loss", ""])
    assert (half.correct, half.score, half.message) == (False, 0.5, "1 of 2 gaps")
    assert half.expected == ["loss", "metric"]
    with pytest.raises(AnswerFormatError, match="2 texts"):
        check(answer, "loss")


def test_a_choice_is_right_or_wrong():
    assert check(ONE, "b").correct
    assert check(ONE, ["b"], "choice").expected == "b"
    assert check(ONE, "a").score == 0
    with pytest.raises(AnswerFormatError, match="no option z"):
        check(ONE, "z")


def test_several_options_earn_partial_credit_and_wrong_ones_cost_it():
    assert check(PICKS, ["b", "a"]).correct
    assert check(PICKS, ["a"]).score == 0.5
    assert check(PICKS, ["a", "b", "c"]).score == 0
    assert check(PICKS, ["a", "c"]).score == 0
    assert check(PICKS, ["a"], "multiple").expected == ["a", "b"]
    for wrong in ([], ["a", "a"], 7, [1]):
        with pytest.raises(AnswerFormatError):
            check(PICKS, wrong)


def test_one_item_in_the_wrong_place_costs_one_step_however_far_it_strayed():
    assert check(LAYERS, ["a", "b", "c", "d"]).correct
    assert check(LAYERS, ["d", "c", "b", "a"]).score == 0
    for order in (["b", "a", "c", "d"], ["b", "c", "d", "a"]):
        part = check(LAYERS, order)
        assert (part.correct, part.message) == (False, "3 of 4 in order")
        assert part.score == pytest.approx(2 / 3)
    with pytest.raises(AnswerFormatError, match="4 items, each once"):
        check(LAYERS, ["a", "b", "c"])


MANY = st.integers(1, 6).flatmap(
    lambda rights: st.integers(0, 6).map(
        lambda wrongs: ChoiceAnswer(
            tuple(Option(f"r{n}", "", True) for n in range(rights))
            + tuple(Option(f"w{n}", "", False) for n in range(wrongs))
        )
    )
)


@given(MANY, st.data())
def test_picking_more_wrong_options_never_pays_and_picking_all_gains_nothing(answer, data):
    ids = [option.id for option in answer.options]
    picked = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    score = check(answer, picked).score
    assert 0 <= score <= 1
    assert (score == 1) == (set(picked) == answer.right_ids)
    for other in set(ids) - set(picked):
        more = check(answer, [*picked, other]).score
        assert more >= score if other in answer.right_ids else more <= score
    if len(ids) > len(answer.right_ids):
        assert check(answer, ids).score == 0


@given(st.integers(2, 7).flatmap(lambda n: st.permutations(range(n))))
def test_an_order_scores_one_only_when_right(order):
    answer = OrderingAnswer(tuple(Item(str(n), "") for n in range(len(order))))
    score = check(answer, [str(n) for n in order]).score
    assert 0 <= score <= 1
    assert (score == 1) == (list(order) == sorted(order))
    assert (score == 0) == (list(order) == sorted(order, reverse=True))


def test_output_is_compared_without_what_nobody_sees():
    answer = CodeAnswer("tensor([1, 2])\nTrue")
    assert check(answer, "tensor([1,2])  \r\nTrue\n").correct
    assert not check(answer, "tensor([12])\nTrue").correct
    assert not check(answer, "tensor([1, 2])\ntrue").correct


def test_a_prompt_compared_by_eye_is_not_graded():
    with pytest.raises(AnswerFormatError, match="review session"):
        check(TextAnswer("because"), "because")


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_expected_answer_is_always_accepted(answer):
    assert check(answer, expected(answer)).correct


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(answer=st.sampled_from(ANSWERS), value=JSON)
def test_whatever_is_sent_is_graded_or_explained(answer, value):
    try:
        verdict = check(answer, value)
    except AnswerFormatError:
        return
    assert 0 <= verdict.score <= 1
    assert verdict.correct == (verdict.score == 1)
