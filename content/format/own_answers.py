"""The answer of an own card as people write it in a form or a table, and back again.

What `questions.md` writes is understood too. Beside that: a number needs no `=`, wordings and items
stand one a line, options begin with `[x]` or `[ ]`, and the output of code is just itself.
"""

import re
from collections.abc import Sequence

from content.domain.own import OPTIONS_MAX, plain, tidy
from content.domain.prompts import (
    Answer,
    ChoiceAnswer,
    ClozeAnswer,
    CodeAnswer,
    Item,
    Kind,
    NumericAnswer,
    Option,
    OrderingAnswer,
    ShortAnswer,
    TextAnswer,
)
from content.format.answers import ITEM, Refuse, parse_answer
from content.format.spans import FENCE

LEAST_OPTIONS = 2
LINE_MAX = 1_000
_BARE_OPTION = re.compile(r"\[[xX ]?\](?=\s|$)")
_MARKED = re.compile(r"[=|]\s*\S")
_CURES = {
    Kind.BASIC: "Write what is to be recalled.",
    Kind.CLOZE: "Write {{word}} in the question around what is to be filled in.",
    Kind.NUMERIC: "Write a number, such as 3 or 3 ± 0.01 px: digits, a point, no other separator.",
    Kind.SHORT: "Write the answer in the first line, and other wordings that count below it.",
    Kind.CHOICE: "Write one option a line: the right one after [x], the others after [ ].",
    Kind.MULTIPLE: "Write one option a line: the right ones after [x], the others after [ ].",
    Kind.ORDERING: "Write one step a line, in the right order.",
    Kind.CODE: "Write what the code prints.",
}


def read_answer(kind: Kind, question: str, text: str, refuse: Refuse) -> Answer:
    """The answer as well as it can be told; what is wrong was given to `refuse`, with the offset
    of its line in `text`."""
    lines = (plain(text) if kind is Kind.CODE else tidy(text)).split("\n")

    def in_own_words(at: int, message: str, cure: str) -> None:
        # The course's cures speak of the signs in its files, which nobody types here.
        refuse(at, message, _CURES[kind] if "`" in cure else cure)

    answer = parse_answer(
        kind, question, _course_lines(kind, lines), in_own_words, least_options=LEAST_OPTIONS
    )
    return tidied(answer, refuse)


def tidied(answer: Answer, refuse: Refuse) -> Answer:
    """The answer in the one spelling that is kept; refuses what no file could hold."""
    match answer:
        case TextAnswer():
            return TextAnswer(tidy(answer.text))
        case ClozeAnswer():
            return ClozeAnswer(answer.gaps, tidy(answer.text))
        case ChoiceAnswer():
            _few([part for o in answer.options for part in (o.text, o.why)], refuse)
            return answer
        case OrderingAnswer():
            _few([item.text for item in answer.items], refuse)
            return answer
        case ShortAnswer():
            _few(answer.accepted, refuse)
            return answer
        case _:
            return answer


def _few(parts: Sequence[str], refuse: Refuse) -> None:
    if len(parts) > 2 * OPTIONS_MAX:
        refuse(0, f"There are more than {OPTIONS_MAX} lines to choose from", "Leave some out.")
    if any(len(part) > LINE_MAX for part in parts):
        refuse(0, f"One line has more than {LINE_MAX:,} characters", "Make it shorter.")
    if any(FENCE.match(line) for part in parts for line in part.split("\n")):
        refuse(0, "A block of code stands in an option", "Write it as `code` in its line.")


def _course_lines(kind: Kind, lines: list[str]) -> list[str]:
    """The lines as questions.md has them; one line stays one line."""
    filled = [line.strip() for line in lines if line.strip()]
    first = filled[0] if filled else ""
    match kind:
        case Kind.NUMERIC if first and not first.startswith("="):
            return [f"= {line.strip()}" if line.strip() == first else line for line in lines]
        case Kind.SHORT if not _marked(filled):
            return _marks(lines, "= ", "| ")
        case Kind.CHOICE | Kind.MULTIPLE:
            return [f"- {line}" if _BARE_OPTION.match(line) else line for line in lines]
        case Kind.ORDERING if not any(ITEM.match(line) for line in filled):
            return [f"1. {line.strip()}" if line.strip() else line for line in lines]
        case Kind.CODE if filled and not (
            first.startswith(("```", "~~~")) or (first.startswith("= ") and len(filled) == 1)
        ):
            return [(marks := _fence("\n".join(lines))), *lines, marks]
    return lines


def _marked(filled: list[str]) -> bool:
    return bool(filled) and filled[0][0] == "=" and all(_MARKED.match(line) for line in filled)


def _marks(lines: list[str], first: str, others: str) -> list[str]:
    mark, marked = first, []
    for line in lines:
        if line.strip():
            marked.append(mark + line.strip())
            mark = others
        else:
            marked.append(line)
    return marked


def _fence(text: str) -> str:
    """Marks that no line of the text can close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def plain_answer(kind: Kind, question: str, answer: Answer) -> str:
    """As the form shows it: the shortest text that `read_answer` reads as this answer."""
    text = _plain(answer)
    return text if _reads_as(kind, question, text, answer) else course_answer(answer)


def _reads_as(kind: Kind, question: str, text: str, answer: Answer) -> bool:
    problems: list[str] = []

    def refuse(at: int, message: str, cure: str) -> None:
        problems.append(message)

    return read_answer(kind, question, text, refuse) == answer and not problems


def _plain(answer: Answer) -> str:
    match answer:
        case NumericAnswer():
            return _number_line(answer).removeprefix("= ")
        case ShortAnswer():
            return "\n".join(answer.accepted)
        case ChoiceAnswer():
            return "\n".join(_option(option).removeprefix("- ") for option in answer.options)
        case CodeAnswer():
            return answer.output
        case OrderingAnswer() if all("\n" not in item.text for item in answer.items):
            return "\n".join(item.text for item in answer.items)
        case _:
            return course_answer(answer)


def course_answer(answer: Answer) -> str:
    """As questions.md has it, below `---`."""
    match answer:
        case TextAnswer() | ClozeAnswer():
            return answer.text
        case NumericAnswer():
            return _number_line(answer)
        case ShortAnswer():
            return "\n".join(_marks(list(answer.accepted), "= ", "| "))
        case ChoiceAnswer():
            return "\n".join(_option(option) for option in answer.options)
        case OrderingAnswer():
            return "\n".join(_item(at, item) for at, item in enumerate(answer.items, start=1))
        case CodeAnswer():
            marks = _fence(answer.output)
            return f"{marks}\n{answer.output}\n{marks}"


def _number_line(answer: NumericAnswer) -> str:
    line = f"= {_digits(answer.value)}"
    if answer.tolerance:
        line += f" ± {_digits(answer.tolerance)}"
    return f"{line} {answer.unit}".rstrip()


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")


def _option(option: Option) -> str:
    mark = "x" if option.right else " "
    why = "".join(f"\n  > {line}".rstrip() for line in option.why.split("\n") if option.why)
    return f"- [{mark}] {_indented(option.text)}{why}"


def _item(number: int, item: Item) -> str:
    return f"{number}. {_indented(item.text)}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
