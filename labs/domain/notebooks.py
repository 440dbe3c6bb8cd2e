"""Taking the code out of a notebook; a kernel never runs it.

The text is what jupytext's `py:percent` writes, without the package: code cells under `# %%`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from labs.domain.events import clean_text
from labs.domain.refusals import UploadRefused

# `%matplotlib inline`, `%%time`, `!pip install`, `?help`, and `help?` at the end of a line.
_SHELL_OR_MAGIC = re.compile(r"^\s*(%{1,2}[A-Za-z_]|!{1,2}\S|\?{1,2}\S)|^\s*[\w.]+\?{1,2}\s*$")
# No two parts of a pattern may take the same character, or a long line takes its square in time.
_CAPTURED = re.compile(r"^\s*[\w,][\w, ]*=\s*(%[A-Za-z_]|!\S)")
_EXPORT = re.compile(r"^\s*#\s*\|\s*export\b")
# These cell magics hold Python that should stay; any other (%%bash, %%html) takes its cell along.
_PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun"})
MOST_DROPPED = 500
# Of all code cells, those of other languages too; what counts must fit a module, later.
MOST_SOURCE = 1_000_000
_LONGEST_SHOWN = 200


@dataclass(frozen=True)
class DroppedLine:
    """A line that is no Python, as it is shown: cut where it is long; `cell` counts code cells
    from 1."""

    cell: int
    line: str


@dataclass(frozen=True)
class Notebook:
    """`starts`: of each cell that counts, its number and the line of `code` above its first.

    `unmarked`: how many code cells do not count, because others start with `#| export`.
    """

    code: str
    dropped: tuple[DroppedLine, ...]
    starts: tuple[tuple[int, int], ...] = ()
    unmarked: int = 0


def place_in(starts: tuple[tuple[int, int], ...], line: int) -> str:
    """A line of a notebook's code as its learner counts: "cell 3, line 2"."""
    cell, above = next(((cell, above) for cell, above in reversed(starts) if above < line), (0, 0))
    return f"cell {cell}, line {line - above}" if cell else f"line {line}"


def read_notebook(content: bytes) -> Notebook:
    """The code cells as one module; if any cell starts with `#| export`, only those.

    Beyond 500 dropped lines only their number is told. Raises UploadRefused for what is no
    notebook, or one without Python code.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise _refused("The file is no notebook: it cannot be read as JSON.") from problem
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise _refused("The file is no notebook of format 4: it has no list of cells.")
    cells = list(_code_cells(document["cells"]))
    if (size := sum(len(source) for _, source in cells)) > MOST_SOURCE:
        raise UploadRefused(
            f"The code cells of the notebook hold {size // 1000:,} kB of text.",
            cure="Leave out data and weights: train gets its data from the lab.",
            reason="too_large",
        )
    exported = [(number, cell) for number, cell in cells if _is_export(cell)]
    parts: list[str] = []
    dropped: list[DroppedLine] = []
    starts: list[tuple[int, int]] = []
    lines = 0
    for number, source in exported or cells:
        kept, left_out = _python_lines(number, source)
        parts.append("# %%\n" + "\n".join(kept))
        starts.append((number, lines + 1))
        lines += parts[-1].count("\n") + 2
        dropped += left_out
    if not parts:
        raise _refused("The notebook has no code cells.")
    if len(dropped) > MOST_DROPPED:
        beyond = f"... and {len(dropped) - MOST_DROPPED:,} more lines"
        dropped[MOST_DROPPED:] = [DroppedLine(dropped[MOST_DROPPED].cell, beyond)]
    unmarked = len(cells) - len(starts)
    return Notebook("\n\n".join(parts) + "\n", tuple(dropped), tuple(starts), unmarked)


def _code_cells(cells: list[object]) -> Iterator[tuple[int, str]]:
    number = 0
    for cell in cells:
        if not isinstance(cell, Mapping) or cell.get("cell_type") != "code":
            continue
        number += 1
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            raise _refused(f"The file is no notebook of format 4: code cell {number} has no text.")
        text = "".join(lines)
        # JSON can spell what neither a file nor a database takes.
        text = clean_text(text, limit=len(text))
        if text.strip():
            yield number, text


def _is_export(source: str) -> bool:
    first = next((line for line in source.splitlines() if line.strip()), "")
    return bool(_EXPORT.match(first))


def _python_lines(number: int, source: str) -> tuple[list[str], list[DroppedLine]]:
    lines = source.splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and first[2:].split(" ")[0] not in _PYTHON_CELL_MAGICS:
        return [], [_dropped(number, line) for line in lines if line.strip()]
    kept: list[str] = []
    dropped: list[DroppedLine] = []
    for line in lines:
        if _SHELL_OR_MAGIC.match(line) or _CAPTURED.match(line):
            dropped.append(_dropped(number, line))
            # `pass` keeps a block valid whose only line was a magic.
            kept.append(line[: len(line) - len(line.lstrip())] + "pass  # " + line.strip())
        else:
            kept.append(line)
    return kept, dropped


def _dropped(number: int, line: str) -> DroppedLine:
    return DroppedLine(number, clean_text(line, _LONGEST_SHOWN))


def _refused(message: str) -> UploadRefused:
    return UploadRefused(message, cure="Save the notebook and choose it again.", reason="syntax")
