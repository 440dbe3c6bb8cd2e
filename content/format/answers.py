"""The answer part of a prompt, by kind: from lines of text to a right answer."""

import math
import re
from collections.abc import Callable

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
    text_id,
)
from content.format.gaps import gaps_of
from content.format.spans import SpanKind, split

Refuse = Callable[[int, str, str], None]
"""Called with the line's offset in the answer part, what is wrong, and the cure."""

NUMBER = r"[-+−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+−]?\d+)?"
NUMERIC = re.compile(
    rf"^=\s*(?P<value>{NUMBER})(?:\s*(?:±|\+/?-)\s*(?P<tolerance>{NUMBER}))?(?:\s*(?P<unit>\D.*))?$"
)
OPTION = re.compile(r"^[-*]\s+\[(?P<mark>[ xX]?)\]\s*(?P<text>.*)$")
ITEM = re.compile(r"^\d+[.)]\s+(?P<text>.*)$")
LEAST_OPTIONS = 3
NUMERIC_CURE = "Write `= 3 ± 0.01` or `= 3 ± 0.01 px`: digits, a point, no thousands separator."


def parse_answer(
    kind: Kind,
    question: str,
    lines: list[str],
    refuse: Refuse,
    *,
    least_options: int = LEAST_OPTIONS,
) -> Answer:
    """The answer as well as it can be told; what is wrong was given to `refuse`."""
    match kind:
        case Kind.BASIC:
            return _text(lines, refuse)
        case Kind.CLOZE:
            return ClozeAnswer(gaps_of(question), "\n".join(lines).strip())
        case Kind.CHOICE | Kind.MULTIPLE:
            return _choice(kind, lines, refuse, least_options)
        case Kind.NUMERIC:
            return _numeric(lines, refuse)
        case Kind.SHORT:
            return _short(lines, refuse)
        case Kind.ORDERING:
            return _ordering(lines, refuse)
        case Kind.CODE:
            return _code(lines, refuse)


def _text(lines: list[str], refuse: Refuse) -> TextAnswer:
    text = "\n".join(lines).strip()
    if not text:
        refuse(0, "There is no answer", "Write it between `---` and the explanation.")
    return TextAnswer(text)


def _numeric(lines: list[str], refuse: Refuse) -> NumericAnswer:
    filled = [(at, line.strip()) for at, line in enumerate(lines) if line.strip()]
    for at, line in filled[1:]:
        refuse(at, f"{line!r} follows the number", "Put what you want to say into the explanation.")
    match = NUMERIC.match(filled[0][1]) if filled else None
    if match is None:
        refuse(filled[0][0] if filled else 0, "There is no number to compare with", NUMERIC_CURE)
        return NumericAnswer(0.0, 0.0)
    value, tolerance = _float(match["value"]), _float(match["tolerance"] or "0")
    unit = (match["unit"] or "").strip()
    if not math.isfinite(value) or not math.isfinite(tolerance) or tolerance < 0:
        refuse(filled[0][0], "The number or its tolerance makes no sense", NUMERIC_CURE)
        return NumericAnswer(0.0, 0.0, unit)
    if unit.startswith((",", "±", "+", "-", "/", "*", "^", "=", ".", "'", "_")):
        refuse(filled[0][0], f"{unit!r} is no unit", NUMERIC_CURE)
    return NumericAnswer(value, tolerance, unit)


def _float(text: str) -> float:
    return float(text.replace("−", "-"))


def _short(lines: list[str], refuse: Refuse) -> ShortAnswer:
    accepted: list[str] = []
    for at, raw in enumerate(lines):
        line = raw.strip()
        if not line:
            continue
        sign = "|" if accepted else "="
        wording = line[1:].strip()
        if line[0] != sign or not wording:
            cure = "Write `= answer` first, then a line `| other wording` for each one that counts."
            refuse(at, f"{line!r} is no wording of the answer", cure)
        elif wording.casefold() in (other.casefold() for other in accepted):
            refuse(at, f"{wording!r} stands here twice", "Delete one of them.")
        else:
            accepted.append(wording)
    if not accepted:
        refuse(0, "There is no answer", "Write `= answer` below `---`.")
    return ShortAnswer(tuple(accepted))


def _choice(kind: Kind, lines: list[str], refuse: Refuse, least: int) -> ChoiceAnswer:
    options: list[tuple[int, bool, list[str], list[str]]] = []
    for at, line in enumerate(lines):
        match = OPTION.match(line)
        if match:
            options.append((at, match["mark"] in "xX" and match["mark"] != "", [match["text"]], []))
        elif not line.strip():
            continue
        elif options and line.startswith(" ") and line.lstrip().startswith(">"):
            options[-1][3].append(line.lstrip()[1:].removeprefix(" "))
        elif options and line.startswith(" ") and not options[-1][3]:
            options[-1][2].append(line.strip())
        else:
            cure = "Begin each option with `- [x]` (right) or `- [ ]` (wrong), at the line's start."
            refuse(at, f"{line.strip()!r} is no option", cure)
    result: list[Option] = []
    for at, right, texts, whys in options:
        text = "\n".join(texts).strip()
        if not text:
            refuse(at, "This option is empty", "Write its text.")
        elif text_id(text) in (other.id for other in result):
            refuse(at, f"The option {text!r} stands here twice", "Delete one of them.")
        else:
            result.append(Option(text_id(text), text, right, "\n".join(whys).strip()))
    _count_options(kind, result, refuse, least)
    return ChoiceAnswer(tuple(result))


def _count_options(kind: Kind, options: list[Option], refuse: Refuse, least: int) -> None:
    if len(options) < least:
        there = "There is 1 option" if len(options) == 1 else f"There are {len(options)} options"
        message = f"{there}, fewer than {least}"
        refuse(0, message, "Add wrong options that a learner would really believe.")
    right = sum(option.right for option in options)
    if kind is Kind.CHOICE and right != 1:
        message = f"{right} options are marked right, where a choice has exactly one"
        refuse(0, message, "Mark one with `- [x]`, or write `kind: multiple`.")
    if kind is Kind.MULTIPLE and right == 0:
        refuse(0, "No option is marked right", "Mark the right ones with `- [x]`.")


def _ordering(lines: list[str], refuse: Refuse) -> OrderingAnswer:
    texts: list[tuple[int, list[str]]] = []
    for at, line in enumerate(lines):
        match = ITEM.match(line)
        if match:
            texts.append((at, [match["text"]]))
        elif not line.strip():
            continue
        elif texts and line.startswith(" "):
            texts[-1][1].append(line.strip())
        else:
            cure = "Write the items as `1.`, `2.` and so on, in the right order."
            refuse(at, f"{line.strip()!r} is no item", cure)
    items: list[Item] = []
    for at, parts in texts:
        text = "\n".join(parts).strip()
        if not text or text_id(text) in (item.id for item in items):
            refuse(at, "This item is empty or stands here twice", "Write each item once.")
        else:
            items.append(Item(text_id(text), text))
    if len(items) < 2:
        message = f"There are {len(items)} items to order, fewer than 2"
        refuse(0, message, "Write the items as `1.`, `2.` and so on, in the right order.")
    return OrderingAnswer(tuple(items))


def _code(lines: list[str], refuse: Refuse) -> CodeAnswer:
    text = "\n".join(lines).strip("\n")
    fences = [span for span in split(text) if span.kind is SpanKind.FENCE]
    filled = [line for line in text.split("\n") if line.strip()]
    if text.startswith("= ") and len(filled) == 1:
        output = text[2:].strip()
    elif len(fences) == 1 and text.startswith(("```", "~~~")) and text.endswith(("```", "~~~")):
        output = fences[0].text
    else:
        refuse(0, "There is no output to compare with", "Write `= output`, or a fenced block.")
        return CodeAnswer("")
    if not output.strip():
        refuse(0, "The output is empty", "Let the code print something, and write that here.")
    return CodeAnswer("\n".join(line.rstrip() for line in output.rstrip().split("\n")))
