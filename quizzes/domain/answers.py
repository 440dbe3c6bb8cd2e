"""Grades one answer: leniently on form, strictly on meaning.

A wrong *form* (words where a number is asked for) is no wrong answer: it raises AnswerFormatError,
which says what the question takes, and nothing is graded.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from content.domain.prompts import (
    Answer,
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    Kind,
    NumericAnswer,
    OrderingAnswer,
    ShortAnswer,
    TextAnswer,
)
from quizzes.domain.errors import AnswerFormatError
from quizzes.domain.quantities import Quantity, quantity
from quizzes.domain.units import PLAIN, scale_of, unit_of
from quizzes.domain.wording import WORDING_MAX, matches, storable

TEXT_MAX = 20_000


@dataclass(frozen=True)
class Verdict:
    """`score` is 0 to 1 with partial credit, `correct` only at 1; `expected` is the right answer
    in the form in which answers are given."""

    correct: bool
    score: float
    expected: Any
    message: str = ""


def check(answer: Answer, given: object, kind: Kind | str | None = None) -> Verdict:
    """Grades `given`: an option id, ids, text, texts or a number, as the answer's type asks.

    Raises AnswerFormatError when it has another form. `kind` only decides whether the expected
    answer of a choice is one id or a list of them.
    """
    right = expected(answer, kind)
    match answer:
        case ChoiceAnswer():
            return _choice(answer, given, right)
        case NumericAnswer():
            return _verdict(float(_number_right(answer, given)), right)
        case ShortAnswer():
            text = _text(given, "this question takes a word or a short phrase", WORDING_MAX)
            return _verdict(float(matches(text, answer.accepted)), right)
        case ClozeAnswer():
            return _cloze(answer, given, right)
        case OrderingAnswer():
            return _ordering(answer, given, right)
        case CodeAnswer():
            text = _text(given, "this question takes the text that the code prints")
            return _verdict(float(_printed(text) == _printed(answer.output)), right)
        case TextAnswer():
            raise AnswerFormatError(
                "This prompt is compared by eye and cannot be graded.",
                cure="Study it in a review session.",
            )


def expected(answer: Answer, kind: Kind | str | None = None) -> Any:
    """The right answer, in JSON types and in the form in which it could be given."""
    match answer:
        case ChoiceAnswer():
            ids = [option.id for option in answer.options if option.right]
            single = len(ids) == 1 if kind is None else kind == Kind.CHOICE
            return ids[0] if single and ids else ids
        case NumericAnswer():
            return answer.value
        case ShortAnswer():
            return answer.accepted[0]
        case ClozeAnswer():
            return [gap[0] for gap in answer.gaps]
        case OrderingAnswer():
            return [item.id for item in answer.items]
        case CodeAnswer():
            return answer.output
        case TextAnswer():
            return answer.text


def _verdict(score: float, right: Any, message: str = "") -> Verdict:
    return Verdict(score >= 1, score, right, message)


def _choice(answer: ChoiceAnswer, given: object, right: Any) -> Verdict:
    """The share of the right options that were picked, less the share of the wrong ones.

    That is sensitivity plus specificity less one (Youden 1950), at least 0: picking everything
    gains nothing, and picking at random gains nothing on average before the floor.
    """
    known = {option.id for option in answer.options}
    picked = _ids([given] if isinstance(given, str) else given, known)
    rights, wrongs = answer.right_ids, known - answer.right_ids
    hits, misses = len(picked & rights), len(picked & wrongs)
    score = hits / len(rights) - (misses / len(wrongs) if wrongs else 0.0)
    part = f"{hits} of {len(rights)} right options, {misses} wrong"
    return _verdict(max(0.0, score), right, part if 0 < score < 1 else "")


def _ids(given: object, known: set[str]) -> set[str]:
    form = f"this question takes the ids of its options, such as {sorted(known)[0]}"
    if not isinstance(given, Sequence) or not all(isinstance(item, str) for item in given):
        raise _format_error(form)
    unknown = set(given) - known
    if unknown:
        raise _format_error(f"there is no option {sorted(unknown)[0][:40]}; {form}")
    if not given or len(set(given)) < len(given):
        raise _format_error(f"pick at least one option, each once; {form}")
    return set(given)


def _number_right(answer: NumericAnswer, given: object) -> bool:
    """Whether a reading of the number, in the unit asked for, lies within the tolerance.

    A number without a unit is one in the unit asked for; a unit of the same dimension is
    converted, one of another dimension is a wrong form.
    """
    form = "this question takes a number such as 3.5"
    if answer.unit:
        form += f" (or 3.5 {answer.unit})"
    unit = unit_of(answer.unit)
    if isinstance(given, int | float) and not isinstance(given, bool):
        read = Quantity((float(given),) if abs(given) < 1e300 else (), PLAIN)
    elif (typed := quantity(_text(given, form))) is not None:
        read = typed
    else:
        raise _format_error(form)
    values = read.values if read.unit == PLAIN else read.in_unit(unit)
    if values is None:
        raise _format_error(form if answer.unit else f"{form}, without a unit")
    if read.unit == PLAIN and scale_of(answer.unit):  # 24,000,000 where millions are asked for
        values += tuple(value / unit.size for value in values)
    if not values or not all(map(isfinite, values)):
        raise _format_error(form)
    room = answer.tolerance + 1e-9 * abs(answer.value)
    return any(abs(value - answer.value) <= room for value in values)


def _cloze(answer: ClozeAnswer, given: object, right: Any) -> Verdict:
    gaps = len(answer.gaps)
    form = f"this question takes a list of {gaps} texts, one per gap"
    texts = [given] if isinstance(given, str) and gaps == 1 else given
    if not isinstance(texts, Sequence) or isinstance(texts, str) or len(texts) != gaps:
        raise _format_error(form)
    filled = [
        matches(_text(text, form, WORDING_MAX, empty=True), gap)
        for text, gap in zip(texts, answer.gaps, strict=True)
    ]
    score = sum(filled) / gaps
    return _verdict(score, right, f"{sum(filled)} of {gaps} gaps" if 0 < score < 1 else "")


def _ordering(answer: OrderingAnswer, given: object, right: Any) -> Verdict:
    """By the longest run of items, not necessarily neighbours, that stand in the right order.

    `(longest - 1) / (items - 1)`: 1 for the right order, 0 for its reverse. One item in the wrong
    place costs one step however far it strayed, where counting pairs (Kendall's tau) would charge
    it with every item that it passed. Moodle's ordering question has the same measure.
    """
    places = {item.id: place for place, item in enumerate(answer.items)}
    form = f"this question takes the ids of its {len(places)} items, each once, in order"
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(item, str) for item in given)
        or sorted(given) != sorted(places)
    ):
        raise _format_error(form)
    kept = _longest_rising([places[item] for item in given])
    score = (kept - 1) / (len(places) - 1) if len(places) > 1 else 1.0
    return _verdict(score, right, f"{kept} of {len(places)} in order" if 0 < score < 1 else "")


def _longest_rising(places: Sequence[int]) -> int:
    """Length of the longest rising subsequence, by patience sorting."""
    tails: list[int] = []
    for place in places:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    return len(tails)


def _printed(text: str) -> list[str]:
    """Lines of output without what nobody sees: trailing spaces, blank ends, spaces at commas."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    return [re.sub(r"\s*([,()\[\]{}:=])\s*", r"\1", line) for line in lines]


def _text(given: object, form: str, longest: int = TEXT_MAX, *, empty: bool = False) -> str:
    if isinstance(given, int | float) and not isinstance(given, bool):
        # Python refuses to write out integers of thousands of digits.
        given = str(given) if abs(given) < 1e300 else ""
    if not isinstance(given, str) or not (given.strip() or empty):
        raise _format_error(form)
    if len(given) > longest:
        raise _format_error(f"{form}, of at most {longest:,} characters")
    if not storable(given):
        raise _format_error(f"{form}, without control signs")
    return given


def _format_error(form: str) -> AnswerFormatError:
    return AnswerFormatError(f"{form[0].upper()}{form[1:]}.", errors={"answer": [form]})
