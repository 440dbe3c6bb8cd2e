"""Brings a data set to this machine, once, whoever asks for it and however many do."""

import errno
from pathlib import Path

from filelock import FileLock, Timeout

from labs.datasets.bringing import bring
from labs.datasets.progress import Progress, Report, Stage, silent
from labs.datasets.published import DataSet, data_set
from labs.datasets.ready import is_whole, locate
from labs.domain.errors import DatasetUnavailable


def fetch(
    name: str, home: Path, *, mirror: Path | None = None, report: Report = silent
) -> dict[str, Path]:
    """Bring and verify a data set; quick where it is here and whole.

    Two processes may ask at once: one fetches, the other waits and finds it. An interrupted fetch
    leaves nothing that counts; a download goes on where it broke off. Raises DatasetUnavailable
    with one line per source that was tried.
    """
    wanted = data_set(name)
    folder = home / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report(Progress(name, "", Stage.WAITING))
            lock.acquire()
        try:
            if not is_whole(wanted, folder):
                bring(wanted, folder, mirror, report)
        finally:
            lock.release()
    except OSError as failed:
        raise _disk_trouble(wanted, home, failed) from failed
    report(Progress(name, "", Stage.READY))
    return locate(name, home)


def fetch_or_instead(
    name: str, home: Path, *, mirror: Path | None = None, report: Report = silent
) -> str:
    """Bring a data set, or where none of its sources has it, what serves instead.

    Returns the name of what is here now. Raises DatasetUnavailable, of the one that was asked for.
    """
    try:
        fetch(name, home, mirror=mirror, report=report)
    except DatasetUnavailable as failed:
        instead = data_set(name).instead
        if not instead:
            raise
        try:
            fetch(instead, home, mirror=mirror, report=report)
        except DatasetUnavailable as neither:
            raise _both(failed, instead, neither) from failed
        return instead
    return name


def _both(failed: DatasetUnavailable, instead: str, neither: DatasetUnavailable) -> Exception:
    """The refusal of what was asked for, with why what serves instead did not come either."""
    why = neither.message.replace("\n  - ", " ")
    return DatasetUnavailable(
        failed.message.partition("\n")[0],
        cure=failed.cure,
        tried=[*failed.tried, f"{instead}, which would serve instead: {why}"],
    )


def _disk_trouble(wanted: DataSet, home: Path, failed: OSError) -> DatasetUnavailable:
    if failed.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"The disk is full: the data set '{wanted.name}' does not fit into {home}."
        cure = "Free some space, or set STUDYHUB_HOME to a folder on another disk; then try again."
    elif failed.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST):
        message = f"Something lies in the way of the data set '{wanted.name}': {failed}."
        cure = "Remove it, or set STUDYHUB_HOME to another folder; then try again."
    else:
        message = f"The data set '{wanted.name}' cannot be written to {home}: {failed}."
        cure = "Make the folder writable for this user, or set STUDYHUB_HOME to another one."
    return DatasetUnavailable(message, cure=cure)
