"""When two wordings say the same, and when they must not be taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.spelling import distance, is_typo_of
from quizzes.domain.wording import matches, plain


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("backpropagation", "back-propagation"),
        ("backpropagation", "Back propagation"),
        ("backpropagation", "backpropogation"),
        ("stochastic gradient descent", "stochastic gradeint descent"),
        ("stochastic gradient descent", "stochastik gradient descend"),
        ("normalization", "normalisation"),
        ("the gradient of the loss", "gradient of loss"),
        ("validation set", "a validation sets"),
        ("Schrödinger", "schrodinger"),
        ("ReLU", "relu"),
        ("precision/recall", "precision recall"),
        ("F1 score", "f1-score."),
        ("3.5", "7/2"),
        ("2 GB", "2000 MB"),
        ("10 epochs", "10 epoch"),
        ("50 %", "0.5"),
        ("loss.backward()", "`loss.backward`"),
        ("requires_grad", ".requires_grad"),
        ("x²", "x^2"),
        ("tensor", "ten\u200bsor"),
    ],
)
def test_another_form_of_the_same_words_is_right(accepted, given):
    assert matches(given, [accepted])


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("macro average", "micro average"),
        ("overfitting", "underfitting"),
        ("supervised", "unsupervised"),
        ("symmetric", "asymmetric"),
        ("convex", "concave"),
        ("minimum", "maximum"),
        ("increase", "decrease"),
        ("precision", "decision"),
        ("validation", "variation"),
        ("layer", "later"),
        ("differentiable", "not differentiable"),
        ("notable", "not able"),
        ("without replacement", "with replacement"),
        ("L1", "L2"),
        ("ResNet18", "ResNet34"),
        ("top-5 accuracy", "top-1 accuracy"),
        ("102", "10²"),
        ("3 layers", "4 layers"),
        ("3", "3 layers"),
        ("x²", "x2"),
        ("nn.Linear", "nn.linear"),
        ("requires_grad", "requires grad"),
        ("torch.Tensor", "torch.tensor"),
        ("x[0]", "x[1]"),
        ("a == b", "a = b"),
        ("мой", "мои"),
        ("gradient", ""),
    ],
)
def test_what_means_something_else_is_wrong(accepted, given):
    assert not matches(given, [accepted])


@given(st.text(max_size=60))
def test_a_wording_is_the_same_as_itself_and_its_core_is_stable(text):
    assert matches(text, [text])
    assert plain(plain(text)) == plain(text) or not text.isascii()


LETTERS = st.text("abcdefgh", min_size=6, max_size=14)


@given(LETTERS, st.integers(3, 13), st.sampled_from("abcdefgh"))
def test_one_slip_behind_the_beginning_is_forgiven(word, at, letter):
    at = min(at, len(word) - 1)
    for slip in (word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]):
        assert is_typo_of(slip, word)
    if at + 1 < len(word):
        assert is_typo_of(word[:at] + word[at + 1] + word[at] + word[at + 2 :], word)


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_the_distance_is_symmetric_and_bounded_by_the_longer_word(one, other):
    found = distance(one, other)
    assert found == distance(other, one)
    assert (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))


@given(st.text(max_size=500), st.lists(st.text(max_size=60), max_size=3))
def test_any_two_texts_can_be_compared(given, accepted):
    assert matches(given, accepted) in (True, False)
