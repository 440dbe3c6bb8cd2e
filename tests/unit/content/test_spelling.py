"""British spelling, a course's own words, and what is not looked at."""

import pytest

from content.domain.problems import ProblemList
from content.domain.spelling import Speller, british
from content.format.course import load_course
from content.format.spelling import read_speller
from tests.unit.content.courses import CourseFolder

NOTES = "01-pixels/notes.md"
TEXT = "Some file formats store 0 for white."


@pytest.fixture
def speller(course: CourseFolder) -> Speller:
    course.write("words.txt", "# terms\nsoftmax\nPyTorch  # the library\nGPU\n")
    problems = ProblemList()
    found = read_speller(course.path, problems)
    assert problems.sorted() == ()
    return found


def messages(course: CourseFolder, text: str) -> list[str]:
    course.edit(NOTES, TEXT, text)
    return [problem.message for problem in load_course(course.path).problems]


@pytest.mark.parametrize(
    "word",
    [
        "colour", "colours", "coloured", "behaviour", "neighbouring", "centre", "centred", "fibre",
        "normalise", "normalised", "normalisation", "initialising", "analyse", "labelled",
        "modelling", "travelling", "grey", "tumours", "recognises", "organisation", "model’s",
        "Monday", "isn't", "don’t", "learners'", "size", "prize", "seized", "horizon",
        "km", "x",
    ],
)  # fmt: skip
def test_a_right_word_is_left_alone(speller: Speller, word: str) -> None:
    assert speller.problem(word) is None


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("color", "colour"), ("Colored", "coloured"), ("behavior", "behaviour"),
        ("neighbors", "neighbours"), ("center", "centre"), ("normalize", "normalise"),
        ("normalization", "normalisation"), ("analyzed", "analysed"), ("labeled", "labelled"),
        ("modeling", "modelling"), ("gray", "grey"), ("optimizer", "optimiser"),
    ],
)  # fmt: skip
def test_an_american_word_gets_its_british_form(speller: Speller, word: str, right: str) -> None:
    told = speller.problem(word)
    assert told is not None
    assert told[0] == f"{word!r} is American"
    assert f"Write {right!r}" in told[1]


@pytest.mark.parametrize("word", ["size", "prize", "seize", "resize", "capsize", "horizon", "oz"])
def test_what_ends_in_ize_by_nature_stays(word: str) -> None:
    assert british(word) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [("recieve", "receive"), ("seperate", "separate"), ("langauge", "language")],
)
def test_a_misspelt_word_gets_the_one_that_was_meant(
    speller: Speller, word: str, meant: str
) -> None:
    told = speller.problem(word)
    assert told is not None
    assert f"Is it {meant!r}?" in told[1]


def test_words_of_the_course_count(speller: Speller) -> None:
    for word in ("softmax", "Softmax", "PyTorch", "PyTorch's", "GPU", "GPUs"):
        assert speller.problem(word) is None, word


def test_a_name_counts_as_the_course_writes_it_only(speller: Speller) -> None:
    assert speller.problem("Pytorch") is not None


@pytest.mark.parametrize(
    "text",
    [
        "The name `colr` and $wrogn$ formulas.",
        "See [the page](https://example.org/wrogn/colr).",
        "It is nn.Linear or learn_rate or x1 or w² or 10_optimizer.",
        "Look:\n>\n> ```python\n> colr = 1\n> ```",
    ],
)
def test_code_formulas_and_addresses_are_not_looked_at(course: CourseFolder, text: str) -> None:
    assert messages(course, text) == []


def test_other_wordings_of_a_gap_may_be_american(course: CourseFolder) -> None:
    course.edit("01-pixels/questions.md", "{{length|size}}", "{{length|color|colr}}")
    assert load_course(course.path).problems == ()


def test_the_wording_that_is_shown_is_looked_at(course: CourseFolder) -> None:
    course.edit("01-pixels/questions.md", "{{length|size}}", "{{lenght|size}}")
    assert "'lenght' is no word we know" in load_course(course.path).problems[0].message


def test_the_list_of_words_is_checked_too(course: CourseFolder) -> None:
    course.write("words.txt", "softmax\ntwo words\nsoftmax\n")
    found = [(problem.line, problem.message) for problem in load_course(course.path).problems]
    assert found == [(2, "'two words' is no word"), (3, "'softmax' stands here twice")]
