"""Brings a data set to this machine, once, whoever asks for it and however many do."""

import errno
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from labs.datasets.listed import bring_listed
from labs.datasets.progress import Progress, Report, Stage, silent
from labs.datasets.published import DataSet, SourceFile, data_set
from labs.datasets.source import SourceFailed
from labs.datasets.sources import sources_of
from labs.datasets.transfer import half_written, is_file, sha256_of
from labs.datasets.unfinished import MARK, Unfinished
from labs.domain.errors import DatasetMissing, DatasetUnavailable

MARKER = "ready.json"


def locate(name: str, home: Path, *, asked: str | None = None) -> dict[str, Path]:
    """The files of a fetched data set by their names; looks at the disk only.

    `asked` is what the cure tells a person to type after fetch_data (a lab's slug, say). Raises
    DatasetMissing, also where what lies there was made from another version of the data.
    """
    wanted = data_set(name)
    folder = home / name
    paths = {served: folder / served for served in wanted.served}
    if _marker(wanted, folder) is None or not all(path.is_file() for path in paths.values()):
        raise DatasetMissing({name: wanted.described}, command=_command(asked or name))
    return paths


def locate_all(names: Sequence[str], home: Path, *, asked: str | None = None) -> dict[str, Path]:
    """The files of several data sets together; DatasetMissing names all that are not here."""
    found: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            found |= locate(name, home)
        except DatasetMissing as lacks:
            missing |= lacks.missing
    if missing:
        raise DatasetMissing(missing, command=_command(asked or " ".join(missing)))
    return found


def _command(asked: str) -> str:
    return f"python manage.py fetch_data {asked}"


def fetch(
    name: str, home: Path, *, mirror: Path | None = None, report: Report = silent
) -> dict[str, Path]:
    """Bring and verify a data set; quick where it is here and whole.

    Two processes may ask at once: one fetches, the other waits and finds it. An interrupted fetch
    leaves nothing that counts. Raises DatasetUnavailable with one line per source that was tried.
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
            if not _is_whole(wanted, folder):
                _bring(wanted, folder, mirror, report)
        finally:
            lock.release()
    except OSError as failed:
        raise _disk_trouble(wanted, home, failed) from failed
    report(Progress(name, "", Stage.READY))
    return locate(name, home)


def _is_whole(wanted: DataSet, folder: Path) -> bool:
    marker = _marker(wanted, folder)
    sums = marker.get("served") if marker else None
    return isinstance(sums, dict) and all(
        (folder / file).is_file() and sha256_of(folder / file) == sums.get(file)
        for file in wanted.served
    )


def _bring(wanted: DataSet, folder: Path, mirror: Path | None, report: Report) -> None:
    (folder / MARKER).unlink(missing_ok=True)
    _sweep(folder)
    with tempfile.TemporaryDirectory(prefix=".packages.", dir=folder) as packages:
        for file in wanted.files:
            if not is_file(folder / file.name, sha256=file.sha256, size=file.size):
                _bring_file(wanted, file, folder, mirror, Path(packages), report)
    if wanted.listing:
        _bring_listed(wanted, folder, mirror, report)
    if wanted.convert is not None:
        report(Progress(wanted.name, "", Stage.CONVERTING))
        wanted.convert({f.name: folder / f.name for f in wanted.files}, folder)
    marker = {
        "data_set": wanted.name,
        "sources": _source_sums(wanted),
        "version": wanted.version,
        "served": {file: sha256_of(folder / file) for file in wanted.served},
    }
    with half_written(folder / MARKER) as (part, out):
        out.write(json.dumps(marker, indent=1).encode())
        out.flush()
        part.replace(folder / MARKER)


def _bring_listed(wanted: DataSet, folder: Path, mirror: Path | None, report: Report) -> None:
    mirrors = () if mirror is None else wanted.folders_in(mirror)
    try:
        bring_listed(folder / wanted.listing, mirrors, report, data_set=wanted.name)
    except SourceFailed as failed:
        raise DatasetUnavailable(
            f"The data set '{wanted.name}' ({wanted.size / 1e6:.0f} MB) did not come: {failed}.",
            cure="Name a folder with all of its files in STUDYHUB_DATA_MIRROR.",
        ) from failed


def fetch_or_instead(
    name: str, home: Path, *, mirror: Path | None = None, report: Report = silent
) -> str:
    """Bring a data set, or where none of its sources has it, what serves instead.

    Returns the name of what is here now. Raises DatasetUnavailable, of the one that was asked for.
    """
    try:
        fetch(name, home, mirror=mirror, report=report)
    except DatasetUnavailable:
        instead = data_set(name).instead
        if not instead:
            raise
        try:
            fetch(instead, home, mirror=mirror, report=report)
        except DatasetUnavailable:
            instead = ""
        if not instead:
            raise
        return instead
    return name


def _sweep(folder: Path) -> None:
    """Remove what killed fetches left, but not the parts of downloads that can go on."""
    for path in folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path)
        elif MARK not in path.suffixes:
            path.unlink()


def _bring_file(
    wanted: DataSet,
    file: SourceFile,
    folder: Path,
    mirror: Path | None,
    packages: Path,
    report: Report,
) -> None:
    tried = []
    target = folder / file.name
    for source in sources_of(file, data_set=wanted, mirror=mirror, packages=packages):

        def tell(stage: Stage, done: int, total: int, place: str = source.name) -> None:
            report(Progress(wanted.name, file.name, stage, done, total, place))

        try:
            source.bring(file, target, tell)
        except SourceFailed as failed:
            tried.append(f"{source.name}: {failed}")
        else:
            Unfinished(target, sha256=file.sha256, size=file.size).remove()
            return
    raise DatasetUnavailable(
        f"{file.name} of the data set '{wanted.name}' ({file.size / 1e6:.0f} MB) came from none of"
        f" its {len(tried)} sources:",
        cure="Check the network and the proxy settings and type the command again, or put the file"
        f" into a folder and name that folder in STUDYHUB_DATA_MIRROR (sha256 {file.sha256}).",
        tried=tried,
    )


def _marker(wanted: DataSet, folder: Path) -> Mapping[str, object] | None:
    """What a whole fetch of this data set, as the catalogue now describes it, left behind."""
    try:
        marker = json.loads((folder / MARKER).read_text())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(marker, dict) or marker.get("sources") != _source_sums(wanted):
        return None
    return marker if marker.get("version", 1) == wanted.version else None


def _source_sums(wanted: DataSet) -> dict[str, str]:
    return {file.name: file.sha256 for file in wanted.files}


def _disk_trouble(wanted: DataSet, home: Path, failed: OSError) -> DatasetUnavailable:
    if failed.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"The disk is full: the data set '{wanted.name}' does not fit into {home}."
        cure = "Free some space, or set STUDYHUB_HOME to a folder on another disk; then try again."
    else:
        message = f"The data set '{wanted.name}' cannot be written to {home}: {failed}."
        cure = "Make the folder writable for this user, or set STUDYHUB_HOME to another one."
    return DatasetUnavailable(message, cure=cure)
