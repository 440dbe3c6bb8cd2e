"""What a learner hands in: a module, a notebook or a zip of modules, read but never run here.

Everything is refused before anything is written. The worker unpacks what `read_upload` returns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from labs.domain.archives import read_archive
from labs.domain.notebooks import DroppedLine, place_in, read_notebook
from labs.domain.preflight import check_module
from labs.domain.refusals import UploadRefused

ENTRY = "solution"
MODULE_BYTES = 100_000
ARCHIVE_BYTES = 1_000_000
# Outputs swell a notebook; its code alone must fit a module.
NOTEBOOK_BYTES = 5_000_000
LARGEST_UPLOAD = max(MODULE_BYTES, ARCHIVE_BYTES, NOTEBOOK_BYTES)

# As a traceback names a line of the entry module.
_ENTRY_LINE = re.compile(rf'File "{ENTRY}\.py", line (\d{{1,6}})\b')


class UploadKind(StrEnum):
    MODULE = "py"
    NOTEBOOK = "ipynb"
    ARCHIVE = "zip"


LIMITS: Mapping[UploadKind, int] = {
    UploadKind.MODULE: MODULE_BYTES,
    UploadKind.NOTEBOOK: NOTEBOOK_BYTES,
    UploadKind.ARCHIVE: ARCHIVE_BYTES,
}


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name, of which only the suffix is used, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Solution:
    """Code ready to be laid into a folder.

    `files` is keyed by relative POSIX path; `entry` is the module to import. `starts` and
    `unmarked`: where the cells of a notebook begin, and how many of them do not count, see
    `Notebook`.
    """

    kind: UploadKind
    files: Mapping[str, bytes]
    dropped: tuple[DroppedLine, ...] = field(default=())
    entry: str = ENTRY
    starts: tuple[tuple[int, int], ...] = ()
    unmarked: int = 0

    def place(self, line: int) -> str:
        """A line of the entry module as the learner counts."""
        return place_in(self.starts, line)

    def placed(self, traceback: str) -> str:
        """A traceback with the cell beside each line of a notebook's code."""
        if not self.starts:
            return traceback
        return _ENTRY_LINE.sub(lambda at: f"{at[0]} ({self.place(int(at[1]))})", traceback)

    def shown_as(self, upload_name: str) -> str:
        """What the learner calls the module with the entry points."""
        return f"{ENTRY}.py" if self.kind is UploadKind.ARCHIVE else upload_name


def read_upload(upload: Upload) -> Solution:
    """The code in an upload, which has both entry points.

    Raises UploadRefused with what to change: another kind of file, too large, unsafe or broken as
    an archive, no Python, or without `train` and `predict`.
    """
    solution = unpack(upload)
    name = solution.shown_as(upload.name)
    check_module(solution.files[f"{ENTRY}.py"], name=name, place=solution.place)
    return solution


def files_of(upload: Upload) -> Mapping[str, bytes]:
    """The files of an upload that was accepted before, by path; notebooks as their code."""
    return unpack(upload).files


def unpack(upload: Upload) -> Solution:
    """What is in an upload, whether or not it is Python. Raises UploadRefused as `read_upload`."""
    kind = _kind(upload.name)
    _check_size(kind, len(upload.content))
    if kind is UploadKind.NOTEBOOK:
        notebook = read_notebook(upload.content)
        code = notebook.code.encode()
        _check_size(UploadKind.MODULE, len(code), what="The code of your notebook")
        files = {f"{ENTRY}.py": code}
        return Solution(
            kind, files, notebook.dropped, starts=notebook.starts, unmarked=notebook.unmarked
        )
    if kind is UploadKind.ARCHIVE:
        files = read_archive(upload.content)
        if f"{ENTRY}.py" not in files:
            raise UploadRefused(
                f"The zip has no {ENTRY}.py.",
                cure=f"Put train and predict into {ENTRY}.py at the top of the zip.",
                reason="missing_function",
            )
        for path, content in files.items():
            if path.endswith(".py") and content:
                _check_size(UploadKind.MODULE, len(content), what=f"{path} in the zip")
        return Solution(kind, files)
    return Solution(kind, {f"{ENTRY}.py": upload.content})


def _kind(name: str) -> UploadKind:
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower().removeprefix(".")
    try:
        return UploadKind(suffix)
    except ValueError:
        raise UploadRefused(
            f"{name or 'The file'} is neither a Python file, a notebook nor a zip.",
            cure="Send solution.py, a notebook (.ipynb) or a zip of modules.",
            reason="wrong_kind",
        ) from None


def _check_size(kind: UploadKind, size: int, *, what: str = "The file") -> None:
    limit = LIMITS[kind]
    if size > limit:
        raise UploadRefused(
            f"{what} is {_kilobytes(size)} large; at most {_kilobytes(limit)} are allowed.",
            cure="Leave out data, weights and outputs: train gets its data from the lab.",
            reason="too_large",
        )
    if size == 0:
        raise UploadRefused(
            f"{what} is empty.", cure="Save it and choose it again.", reason="syntax"
        )


def _kilobytes(size: int) -> str:
    return f"{-(-size // 1000):,} kB"
