"""Limits of length: a prompt asks for one thing, and that fits a phone.

"The minimum information principle" (Wozniak, Twenty rules of formulating knowledge): what is short
is remembered alike each time, and what is long is half remembered. The limits stand a little
above the longest texts of 1,500 prompts that were written with care, so that they catch a slip
and not a style.
"""

from collections.abc import Iterator

from content.domain.course import PlacedPrompt
from content.domain.problems import Problem
from content.domain.prompts import (
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    OrderingAnswer,
    ShortAnswer,
    TextAnswer,
)
from content.domain.wording import FENCE, count_words, shown_length

QUESTION, ANSWER, EXPLANATION, OPTION, WHY, ITEM = 60, 45, 45, 20, 25, 20
"""Words; code is counted by lines."""
CODE_LINES = 22
OPTIONS, ITEMS, GAPS = 6, 7, 3
TYPED, OUTPUT = 40, 60
"""Letters that a learner has to type."""


def too_long(placed: PlacedPrompt) -> Iterator[Problem]:
    """One problem for each part of a prompt that is over its limit."""
    prompt = placed.prompt

    def over(line: int, what: str, size: int, most: int, unit: str, cure: str) -> Iterator[Problem]:
        if size > most:
            message = f"{prompt.id}: {what} {size} {unit}, over {most}"
            yield Problem(placed.place.file, line, message, cure)

    asked, told, said = placed.question_line, placed.answer_line, placed.explanation_line
    split = "Say it shorter, or make two prompts of it."
    shorter = "Say it shorter; the notes have room for more."
    words = count_words(prompt.question)
    yield from over(asked, "The question has", words, QUESTION, "words", split)
    code = max((match[0].count("\n") - 1 for match in FENCE.finditer(prompt.question)), default=0)
    yield from over(asked, "The question's code has", code, CODE_LINES, "lines", split)
    words = count_words(prompt.explanation)
    yield from over(said, "The explanation has", words, EXPLANATION, "words", shorter)
    match prompt.answer:
        case TextAnswer(text):
            yield from over(told, "The answer has", count_words(text), ANSWER, "words", split)
        case ClozeAnswer(gaps):
            cure = "Leave the gaps that test the idea."
            yield from over(asked, "The cloze has", len(gaps), GAPS, "gaps", cure)
        case ShortAnswer(accepted):
            typed = shown_length(accepted[0]) if accepted else 0
            cure = "Ask for a term, or make it `kind: basic`."
            yield from over(told, "The answer to type has", typed, TYPED, "letters", cure)
        case CodeAnswer(output):
            cure = "Let the code print less: one number, one short list."
            yield from over(told, "The output has", len(output), OUTPUT, "letters", cure)
        case OrderingAnswer(items):
            cure = "Keep the steps whose order matters."
            yield from over(told, "There are", len(items), ITEMS, "items to order", cure)
            longest = max((count_words(item.text) for item in items), default=0)
            yield from over(told, "An item has", longest, ITEM, "words", shorter)
        case ChoiceAnswer(options):
            cure = "Keep the wrong ones that a learner would really believe."
            yield from over(told, "There are", len(options), OPTIONS, "options", cure)
            longest = max((count_words(option.text) for option in options), default=0)
            yield from over(told, "An option has", longest, OPTION, "words", shorter)
            longest = max((count_words(option.why) for option in options), default=0)
            yield from over(told, "What is said of an option has", longest, WHY, "words", shorter)
