"""What went wrong in the learner's code, in words, with a traceback through their own files."""

import errno
import traceback
from pathlib import Path

from labs.domain.jobs import JobError

_DETAIL_CHARACTERS = 8_000
_MESSAGE_CHARACTERS = 500
# torch reports exhausted memory as plain RuntimeError on the CPU and as a subclass of it on a GPU
_MEMORY_PHRASES = ("can't allocate memory", "cannot allocate memory", "out of memory")

_NO_SHARED_MEMORY = (
    "The sandbox here has no shared memory for worker processes: load the data with num_workers=0."
)


class Problem(Exception):
    """A failure that is the learner's to mend, already in words."""

    def __init__(self, kind: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.error = JobError(kind, message, detail)


def describe(exception: BaseException, solution: Path, doing: str) -> JobError:
    """`doing` completes 'while ...', such as 'calling train'."""
    if isinstance(exception, Problem):
        return exception.error
    detail = learner_traceback(exception, solution)
    said = _one_line(exception)
    if isinstance(exception, SyntaxError) and _is_within(exception.filename, solution):
        name = Path(str(exception.filename)).name
        return JobError("syntax", f"{name}, line {exception.lineno}: {exception.msg}", detail)
    if _is_memory(exception):
        return JobError("out_of_memory", f"The memory ran out while {doing}: {said}", detail)
    if isinstance(exception, PermissionError) and _wanted_a_shared_lock(exception):
        return JobError("raised", _NO_SHARED_MEMORY, detail)
    if isinstance(exception, OSError) and exception.errno in (errno.ENOSPC, errno.EFBIG):
        return JobError("disk_full", f"The disk space of this lab ran out while {doing}.", detail)
    if isinstance(exception, ModuleNotFoundError) and doing.startswith("importing"):
        return JobError("import", f"There is no module {exception.name!r} here.", detail)
    if isinstance(exception, ImportError) and doing.startswith("importing"):
        return JobError("import", said, detail)
    if isinstance(exception, SystemExit):
        return JobError("raised", f"The code asked Python to exit while {doing}.", detail)
    return JobError("raised", f"An error while {doing}: {said}", detail)


def learner_traceback(exception: BaseException, solution: Path) -> str:
    """The frames in the learner's files, and the error; file names are relative to the solution."""
    told = traceback.TracebackException.from_exception(exception, limit=None, compact=True)
    seen: set[int] = set()
    parts: traceback.TracebackException | None = told
    while parts is not None and id(parts) not in seen:
        seen.add(id(parts))
        own = [frame for frame in parts.stack if _is_within(frame.filename, solution)]
        parts.stack = traceback.StackSummary.from_list(own)
        parts = parts.__cause__ or parts.__context__
    text = "".join(told.format()).replace(f"{solution}/", "")
    return text if len(text) <= _DETAIL_CHARACTERS else "...\n" + text[-_DETAIL_CHARACTERS:]


def _wanted_a_shared_lock(exception: BaseException) -> bool:
    frames = traceback.extract_tb(exception.__traceback__)
    return any(frame.filename.endswith("multiprocessing/synchronize.py") for frame in frames)


def _is_within(filename: str | None, folder: Path) -> bool:
    return filename is not None and filename.startswith(f"{folder}/")


def _one_line(exception: BaseException) -> str:
    try:
        said = str(exception)
    except Exception as broken:  # noqa: BLE001 - the learner's own __str__ may raise anything
        said = f"(its text raised {type(broken).__name__})"
    said = " ".join(said.split())[:_MESSAGE_CHARACTERS]
    name = type(exception).__name__
    return f"{name}: {said}" if said else name


def _is_memory(exception: BaseException) -> bool:
    if isinstance(exception, MemoryError):
        return True
    if isinstance(exception, OSError):
        return exception.errno == errno.ENOMEM
    said = _one_line(exception).lower()
    return isinstance(exception, RuntimeError) and any(each in said for each in _MEMORY_PHRASES)
