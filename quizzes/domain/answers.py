"""Grades one answer: leniently on form, strictly on meaning.

A wrong *form* (words where a number is asked for) is no wrong answer: it raises AnswerFormatError,
which says what the question takes, and nothing is graded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
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
from quizzes.domain.quantities import quantity, same_unit
from quizzes.domain.wording import matches, storable

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
            text = _text(given, "this question takes a word or a short phrase")
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
    known = {option.id for option in answer.options}
    picked = _ids([given] if isinstance(given, str) else given, known)
    hits, misses = len(picked & answer.right_ids), len(picked - answer.right_ids)
    score = max(0.0, (hits - misses) / len(answer.right_ids))
    part = f"{hits} of {len(answer.right_ids)} right options, {misses} wrong"
    return _verdict(score, right, part if 0 < score < 1 else "")


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
    form = "this question takes a number such as 3.5"
    if answer.unit:
        form += f" (or 3.5 {answer.unit})"
    if isinstance(given, int | float) and not isinstance(given, bool):
        values: tuple[float, ...] = (float(given),) if abs(given) < 1e300 else ()
    else:
        read = quantity(_text(given, form))
        if read is None:
            raise _format_error(form)
        if read.unit and read.unit != same_unit(answer.unit):
            raise _format_error(form if answer.unit else f"{form}, without a unit")
        values = read.values
    if not values or not all(map(isfinite, values)):
        raise _format_error(form)
    room = answer.tolerance + 1e-9 * max(1.0, abs(answer.value))
    return any(abs(value - answer.value) <= room for value in values)


def _cloze(answer: ClozeAnswer, given: object, right: Any) -> Verdict:
    gaps = len(answer.gaps)
    form = f"this question takes a list of {gaps} texts, one per gap"
    texts = [given] if isinstance(given, str) and gaps == 1 else given
    if not isinstance(texts, Sequence) or isinstance(texts, str) or len(texts) != gaps:
        raise _format_error(form)
    filled = [
        matches(_text(text, form, empty=True), gap)
        for text, gap in zip(texts, answer.gaps, strict=True)
    ]
    score = sum(filled) / gaps
    return _verdict(score, right, f"{sum(filled)} of {gaps} gaps" if 0 < score < 1 else "")


def _ordering(answer: OrderingAnswer, given: object, right: Any) -> Verdict:
    places = {item.id: place for place, item in enumerate(answer.items)}
    form = f"this question takes the ids of its {len(places)} items, each once, in order"
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(item, str) for item in given)
        or sorted(given) != sorted(places)
    ):
        raise _format_error(form)
    pairs = list(combinations([places[item] for item in given], 2))
    kept = sum(before < after for before, after in pairs)
    score = kept / len(pairs) if pairs else 1.0
    return _verdict(score, right, f"{kept} of {len(pairs)} pairs in order" if score < 1 else "")


def _printed(text: str) -> list[str]:
    """Lines of output without what nobody sees: trailing spaces, blank ends, spaces at commas."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    return [re.sub(r"\s*([,()\[\]{}:=])\s*", r"\1", line) for line in lines]


def _text(given: object, form: str, *, empty: bool = False) -> str:
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or len(given) > TEXT_MAX or not (given.strip() or empty):
        raise _format_error(form)
    if not storable(given):
        raise _format_error(f"{form}, without control signs")
    return given


def _format_error(form: str) -> AnswerFormatError:
    return AnswerFormatError(f"{form[0].upper()}{form[1:]}.", errors={"answer": [form]})
