"""Runs the code of questions and the sums of numeric answers, and compares what they give.

The course's code is ours, so this is a subprocess with a time limit and not a sandbox.
"""

import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from content.domain.course import Course, PlacedPrompt
from content.domain.problems import Problem
from content.domain.prompts import CodeAnswer, NumericAnswer
from content.format.course import code_of

SECONDS = 120
USUAL_IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "math": "import math",
}
"""What short code may use without importing it, as notebooks do."""


def execution_problems(course: Course, seconds: float = SECONDS) -> Iterator[Problem]:
    """One problem for each answer that differs from what its code gives, one run at a time."""
    for chapter in course.chapters:
        for placed in chapter.prompts:
            answer = placed.prompt.answer
            if isinstance(answer, CodeAnswer):
                yield from _code(placed, answer, seconds)
            elif isinstance(answer, NumericAnswer) and placed.prompt.compute:
                yield from _sum(placed, answer, seconds)


def _code(placed: PlacedPrompt, answer: CodeAnswer, seconds: float) -> Iterator[Problem]:
    printed, error = run(code_of(placed.prompt.question), seconds)
    said = "\n".join(filter(None, [printed, error]))
    if said != answer.output:
        message = f"The code prints {said!r}, the answer says {answer.output!r}"
        yield _problem(placed, placed.answer_line, message, "Mend the answer or the code.")


def _sum(placed: PlacedPrompt, answer: NumericAnswer, seconds: float) -> Iterator[Problem]:
    printed, error = run(f"print(float({placed.prompt.compute}))", seconds)
    try:
        value = float(printed)
    except ValueError:
        message = f"compute: gives no number: {error or printed!r}"
        yield _problem(placed, placed.place.line, message, "Write one Python expression.")
        return
    slack = 1e-9 * max(1.0, abs(value))
    if not math.isfinite(value) or abs(value - answer.value) > answer.tolerance + slack:
        message = f"compute: gives {value:.10g}, the answer says {answer.value:.10g}"
        yield _problem(placed, placed.answer_line, message, "Mend the answer or the sum.")


def run(code: str, seconds: float) -> tuple[str, str]:
    """What the code printed, and the last line of its error or an empty text."""
    imports = [
        line
        for name, line in USUAL_IMPORTS.items()
        if re.search(rf"\b{name}\b", code) and not re.search(rf"import.*\b{name}\b", code)
    ]
    program = "\n".join([*imports, code])
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-W", "ignore", "-"],
                input=program,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                cwd=folder,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "", f"(it did not end within {seconds:g} seconds)"
    errors = done.stderr.rstrip().split("\n") if done.returncode else [""]
    return _trim(done.stdout), errors[-1]


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def _problem(placed: PlacedPrompt, line: int, message: str, cure: str) -> Problem:
    return Problem(placed.place.file, line, f"{placed.prompt.id}: {message}", cure)
