"""Finds questions that contain their own answer. A simple check: whole words, no grammar."""

import re

from content.domain.prompts import ChoiceAnswer, ClozeAnswer, Prompt, ShortAnswer, TextAnswer

LEAST_LETTERS = 4
GAP = re.compile(r"\{\{(?:(?!\{\{|\}\}).)+\}\}", re.DOTALL)


def leak(prompt: Prompt) -> str | None:
    """The words of the answer that the question says, or None."""
    question = prompt.question
    if re.search(r"\bwhich of\b", question, re.IGNORECASE):
        return None  # such a question has to name its candidates
    match prompt.answer:
        case ShortAnswer():
            answers = list(prompt.answer.accepted)
        case TextAnswer():
            answers = [prompt.answer.text]
        case ClozeAnswer():
            question = GAP.sub(" … ", question)
            answers = [word for gap in prompt.answer.gaps for word in gap]
        case ChoiceAnswer():
            if any(_says(question, o.text) for o in prompt.answer.options if not o.right):
                return None  # the question names its options, right and wrong
            answers = [option.text for option in prompt.answer.options if option.right]
        case _:
            return None
    return next((answer for answer in answers if _says(question, answer)), None)


def _says(question: str, answer: str) -> bool:
    wanted = _words(answer)
    long_enough = len(wanted.replace(" ", "")) >= LEAST_LETTERS
    return long_enough and f" {wanted} " in f" {_words(question)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:_[^\W_]+)*_*", text.casefold()))
