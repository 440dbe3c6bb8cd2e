"""What a learner reads of a prompt, as plain words: what checks compare, count and measure."""

import re

from content.domain.prompts import (
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    NumericAnswer,
    OrderingAnswer,
    Prompt,
    ShortAnswer,
    TextAnswer,
)

FENCE = re.compile(r"^ *(?P<marks>`{3,}|~{3,}).*?^ *(?P=marks)[ \t]*$", re.MULTILINE | re.DOTALL)
GAP = re.compile(r"\{\{(?P<first>(?:(?!\{\{|\}\}|\|).)+)(?:\|(?:(?!\{\{|\}\}).)*)?\}\}", re.DOTALL)
WORD = re.compile(r"[^\W_]+(?:[_.'’][^\W_]+)*|[-+*/=<>^%@]")
MARKS = re.compile(r"[`*_$\\]|\]\([^)]*\)|!?\[")
# What says little about a question's subject: articles, question words, and how code is shown.
_STOP = (
    "a an the of to in on is are it its and or that this what which do does for with by as you "
    "your be at from how why when there has have one into than not no can print import"
)
STOP_WORDS = frozenset(_STOP.split())


def without_code(text: str) -> str:
    """The text without its blocks of code."""
    return FENCE.sub(" ", text)


def count_words(text: str) -> int:
    """Words and formulas between spaces; blocks of code count for nothing, a gap as it is read."""
    return len(without_code(GAP.sub(r"\g<first>", text)).split())


def shown_length(text: str) -> int:
    """Letters on the page, the marks of Markdown left out."""
    return len(" ".join(MARKS.sub("", text).split()))


def content_words(text: str) -> frozenset[str]:
    """The words that carry the meaning, in one form: lower case, usual endings cut."""
    words = WORD.findall(GAP.sub(r"\g<first>", text).casefold())
    return frozenset(_stem(word) for word in words if word not in STOP_WORDS)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def right_answer(prompt: Prompt) -> str:
    """The answer that counts, as text; options that are wrong are left out."""
    match prompt.answer:
        case TextAnswer(text):
            return text
        case ClozeAnswer(gaps):
            return " ".join(gap[0] for gap in gaps if gap)
        case ChoiceAnswer(options):
            return " ".join(option.text for option in options if option.right)
        case NumericAnswer(value):
            return f"{value:.10g}"
        case ShortAnswer(accepted):
            return accepted[0] if accepted else ""
        case OrderingAnswer(items):
            return " ".join(item.text for item in items)
        case CodeAnswer(output):
            return output
