"""Finds choices that can be guessed by their looks, without knowing anything.

The rules are those of item writing (Haladyna, Downing and Rodriguez, "A review of multiple-choice
item-writing guidelines", 2002): the right option is not the long one, no "all of the above", no
yes or no, no words of the question in the right option alone. One right option that stands out
is a matter of the prompt; a habit, such as right options that are mostly the shortest, shows only
over a chapter or the course.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from content.domain.course import Chapter, PlacedPrompt
from content.domain.problems import Problem
from content.domain.prompts import ChoiceAnswer, Kind, ShortAnswer, TextAnswer
from content.domain.wording import content_words, right_answer, shown_length

MARGIN, LEAST_LETTERS = 1.3, 12
"""A right option stands out when it is so many times as long as the longest wrong one, and has so
many letters more: below that, nobody sees it without counting."""
PAYS = 1.4
"""A habit pays when it is right so many times as often as chance: with four options 35 %."""
LUCK = 0.01
"""How improbable a rate must be by chance alone before it is called a habit."""
ECHO = 4.5
"""Weight of the question's words in an option, by rarity as in `duplicates`: one word that a
dozen of 1,500 prompts have. Words that a wrong option has too give nothing away."""
ABOVE = re.compile(r"\b(?:all|none|both|neither) of (?:the above|the others)\b", re.IGNORECASE)
YES_OR_NO = re.compile(r"(?:yes|no|true|false|right|wrong)\W*", re.IGNORECASE)


def guessable(placed: PlacedPrompt) -> Iterator[Problem]:
    """What is wrong with one prompt."""
    prompt, answer = placed.prompt, placed.prompt.answer
    file, line = placed.place.file, placed.answer_line
    if isinstance(answer, TextAnswer | ShortAnswer):
        text = answer.text if isinstance(answer, TextAnswer) else " ".join(answer.accepted[:1])
        if YES_OR_NO.fullmatch(text.strip()):
            cure = "Ask why, when or what instead: half of all guesses would be right."
            yield Problem(file, line, f"{prompt.id}: The answer is only {text.strip()!r}", cure)
        return
    if not isinstance(answer, ChoiceAnswer):
        return
    for option in answer.options:
        if ABOVE.search(option.text):
            message = f"{prompt.id}: {option.text!r} points at the other options"
            yield Problem(file, line, message, "They are shuffled; write `kind: multiple`.")
    if answer.options and all(YES_OR_NO.fullmatch(option.text) for option in answer.options):
        yield Problem(file, line, f"{prompt.id}: The options say only yes or no", "Ask why.")
    right = [shown_length(option.text) for option in answer.options if option.right]
    wrong = [shown_length(option.text) for option in answer.options if not option.right]
    if right and wrong:
        short, long = min(right), max(wrong)
        if short >= long * MARGIN and short - long >= LEAST_LETTERS:
            message = f"{prompt.id}: The right option is the longest by far ({short} to {long})"
            yield Problem(file, line, message, "Shorten it, or fill out a wrong one.")


def echoes(prompts: Sequence[PlacedPrompt]) -> Iterator[Problem]:
    """Choices whose right option, alone of all, takes up telling words of the question."""
    bags = [
        content_words(f"{placed.prompt.question}\n{right_answer(placed.prompt)}")
        for placed in prompts
    ]
    counts = Counter(word for bag in bags for word in bag)
    for placed in prompts:
        prompt, answer = placed.prompt, placed.prompt.answer
        if prompt.kind is not Kind.CHOICE or not isinstance(answer, ChoiceAnswer):
            continue
        asked = content_words(prompt.question)
        right = [asked & content_words(option.text) for option in answer.options if option.right]
        wrong = [
            asked & content_words(option.text) for option in answer.options if not option.right
        ]
        if any(wrong) or len(right) != 1:
            continue
        if sum(math.log(len(bags) / counts[word]) for word in right[0]) >= ECHO:
            said = ", ".join(repr(word) for word in sorted(right[0]))
            message = f"{prompt.id}: Only the right option repeats the question ({said})"
            cure = "Say it in other words, or let a wrong option take them up too."
            yield Problem(placed.place.file, placed.answer_line, message, cure)


def habits(prompts: Sequence[PlacedPrompt], file: str, where: str) -> Iterator[Problem]:
    """Rules of thumb that pay over many choices: take the longest, take the shortest.

    `file` is where it is reported, `where` names the part of the course in the message.
    """
    choices = [
        placed.prompt.answer.options
        for placed in prompts
        if placed.prompt.kind is Kind.CHOICE and isinstance(placed.prompt.answer, ChoiceAnswer)
    ]
    if not choices:
        return
    chance = sum(1 / len(options) for options in choices if options) / len(choices)
    for name, sign in (("longest", 1), ("shortest", -1)):
        hits = 0
        for options in choices:
            right = [sign * shown_length(option.text) for option in options if option.right]
            wrong = [sign * shown_length(option.text) for option in options if not option.right]
            hits += bool(right and wrong) and min(right) > max(wrong)
        rate = hits / len(choices)
        if rate > PAYS * chance and luck(hits, len(choices), chance) < LUCK:
            message = (
                f"The right option is the {name} in {hits} of {len(choices)} choices of {where}, "
                f"{rate:.0%} where chance gives {chance:.0%}"
            )
            cure = "Change the length of right or wrong options in some of them."
            yield Problem(file, 1, message, cure)


def habits_of_chapter(chapter: Chapter) -> Iterator[Problem]:
    return habits(chapter.prompts, f"{chapter.folder}/questions.md", "this chapter")


def luck(hits: int, tries: int, chance: float) -> float:
    """The probability of at least `hits` hits in `tries` tries by chance: a binomial tail."""
    return sum(
        math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k)
        for k in range(hits, tries + 1)
    )
