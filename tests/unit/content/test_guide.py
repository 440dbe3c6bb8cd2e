"""The guide for authors keeps its word: what it calls mended passes every check."""

import re

import pytest

from content.domain.problems import Problem
from content.format.course import load_course
from tests.unit.content.courses import README, CourseFolder

QUESTIONS = "01-pixels/questions.md"
BLOCK = re.compile(r"^```text\n(?P<text>kind: .*?)\n```$", re.MULTILINE | re.DOTALL)
LED = re.compile(r"^(?P<word>Bad|Mended):(?P<why>[^\n]*(?:\n[^\n]+)*)", re.MULTILINE)


def examples() -> list[tuple[bool, str, str]]:
    """For each example whether it is a mended one, what is said of it, and its text."""
    guide = README.read_text(encoding="utf-8").split("# The format")[0]
    found = []
    for block in BLOCK.finditer(guide):
        led = list(LED.finditer(guide, 0, block.start()))[-1]
        found.append((led["word"] == "Mended", led["why"], block["text"]))
    return found


def findings(course: CourseFolder, text: str) -> list[Problem]:
    """What the checks say of one prompt, put into the course of the format's own example."""
    course.write("words.txt", "overfitted\noverfitting\noverfits\n")
    before = load_course(course.path).problems
    kind, rest = text.split("\n", 1)
    prompt = f"## c01-of-the-guide\n{kind}\nfacts: S1-01\nsource: guide\n{rest}\n"
    course.write(QUESTIONS, f"{course.read(QUESTIONS)}\n{prompt}")
    return [problem for problem in load_course(course.path).problems if problem not in before]


def test_there_are_as_many_cures_as_faults() -> None:
    mended = [example for example in examples() if example[0]]
    assert len(mended) >= len(examples()) / 2
    assert len(examples()) >= 16


@pytest.mark.parametrize("text", [text for mended, _, text in examples() if mended])
def test_a_mended_example_passes_every_check(course: CourseFolder, text: str) -> None:
    assert findings(course, text) == []


@pytest.mark.parametrize(
    ("why", "text"), [(why, text) for mended, why, text in examples() if not mended]
)
def test_a_bad_example_is_found_where_the_guide_says_so(
    course: CourseFolder, why: str, text: str
) -> None:
    assert bool(findings(course, text)) == ("checks find" in why), why
