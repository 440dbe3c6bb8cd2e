"""Runs the code of questions and the sums of numeric answers, and compares what they give.

The course's code is ours, so this is a process with a time limit and not a sandbox.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

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


Run = Callable[[str], tuple[str, str]]
"""What a piece of code printed, and the last line of its error or an empty text."""


def execution_problems(course: Course, seconds: float = SECONDS) -> Iterator[Problem]:
    """One problem for each answer that differs from what its code gives, in the course's order."""
    asked = [
        placed
        for chapter in course.chapters
        for placed in chapter.prompts
        if isinstance(placed.prompt.answer, CodeAnswer)
        or (isinstance(placed.prompt.answer, NumericAnswer) and placed.prompt.compute)
    ]
    if not asked:
        return
    at_once = min(os.cpu_count() or 1, len(asked))
    with running(seconds, at_once) as run, ThreadPoolExecutor(at_once) as threads:
        for problems in threads.map(lambda placed: list(_problems(placed, run)), asked):
            yield from problems


def _problems(placed: PlacedPrompt, run: Run) -> Iterator[Problem]:
    answer = placed.prompt.answer
    if isinstance(answer, CodeAnswer):
        yield from _code(placed, answer, run)
    elif isinstance(answer, NumericAnswer):
        yield from _sum(placed, answer, run)


def _code(placed: PlacedPrompt, answer: CodeAnswer, run: Run) -> Iterator[Problem]:
    printed, error = run(code_of(placed.prompt.question))
    said = "\n".join(filter(None, [printed, error]))
    if said != answer.output:
        message = f"The code prints {said!r}, the answer says {answer.output!r}"
        yield _problem(placed, placed.answer_line, message, "Mend the answer or the code.")


def _sum(placed: PlacedPrompt, answer: NumericAnswer, run: Run) -> Iterator[Problem]:
    printed, error = run(f"print(float({placed.prompt.compute}))")
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


@contextmanager
def running(seconds: float, at_once: int = 1) -> Iterator[Run]:
    """Runs code for as long as the block lasts, from so many threads at once."""
    with ExitStack() as stack:
        servers: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for _ in range(at_once):
            servers.put(stack.enter_context(_server()))

        def run(code: str) -> tuple[str, str]:
            server = servers.get()
            try:
                return _run(server, code, seconds)
            finally:
                servers.put(server)

        yield run


@contextmanager
def _server() -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("snippet_server.py")
    with subprocess.Popen(
        [sys.executable, "-I", "-W", "ignore", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
    ) as server:
        yield server


def _run(server: "subprocess.Popen[str]", code: str, seconds: float) -> tuple[str, str]:
    imports = [
        line
        for name, line in USUAL_IMPORTS.items()
        if re.search(rf"\b{name}\b", code) and not re.search(rf"import.*\b{name}\b", code)
    ]
    with tempfile.TemporaryDirectory() as folder:
        asked = {"code": "\n".join([*imports, code]), "folder": folder, "seconds": seconds}
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = json.loads(server.stdout.readline())["status"]
        if status is None:
            return "", f"(it did not end within {seconds:g} seconds)"
        printed, said = (
            Path(folder, name).read_text(encoding="utf-8", errors="replace")
            for name in ("out", "err")
        )
    errors = said.rstrip().split("\n") if status else [""]
    return _trim(printed), errors[-1]


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def _problem(placed: PlacedPrompt, line: int, message: str, cure: str) -> Problem:
    return Problem(placed.place.file, line, f"{placed.prompt.id}: {message}", cure)
