"""Brings a data set's published files from their sources and makes of them what labs read."""

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labs.datasets.listed import bring_listed
from labs.datasets.progress import Progress, Report, Stage
from labs.datasets.published import DataSet, SourceFile
from labs.datasets.ready import mark_ready, unmark
from labs.datasets.source import SourceFailed, SourceWrong
from labs.datasets.sources import sources_of
from labs.datasets.transfer import is_file
from labs.datasets.unfinished import MARK, Unfinished
from labs.domain.errors import DatasetUnavailable

SHELF = ".packages"
log = logging.getLogger(__name__)


def bring(wanted: DataSet, folder: Path, mirror: Path | None, report: Report) -> None:
    """All of it anew, but for published files that are there and right; one process at a time.

    Raises DatasetUnavailable, with one line per source that was tried, or OSError.
    """
    unmark(folder)
    _sweep(folder.glob(".*"))
    with _shelf(folder) as packages:
        for file in wanted.files:
            if not is_file(folder / file.name, sha256=file.sha256, size=file.size):
                _bring_file(wanted, file, folder, mirror, packages, report)
    if wanted.listing:
        _bring_listed(wanted, folder, mirror, report)
    if wanted.convert is not None:
        report(Progress(wanted.name, "", Stage.CONVERTING))
        wanted.convert({f.name: folder / f.name for f in wanted.files}, folder)
    mark_ready(wanted, folder)


@contextmanager
def _shelf(folder: Path) -> Iterator[Path]:
    """Where packages lie until all files are here; a fetch that fails leaves what can go on."""
    shelf = folder / SHELF
    shelf.mkdir(exist_ok=True)
    try:
        yield shelf
    except BaseException as stopped:
        if not isinstance(stopped, KeyboardInterrupt):  # then a whole package is kept as well
            _sweep(shelf.iterdir())
        with suppress(OSError):
            shelf.rmdir()
        raise
    shutil.rmtree(shelf)


def _sweep(paths: Iterable[Path]) -> None:
    """Remove what killed fetches left, but not what came whole or can go on.

    Packages are compared with their checksums before they are read.
    """
    for path in paths:
        if path.is_symlink():
            path.unlink()
        elif path.name == SHELF:
            _sweep(each for each in path.iterdir() if each.is_symlink() or each.is_dir())
        elif path.is_dir():
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
            if isinstance(failed, SourceWrong):  # worth knowing even where the next one serves
                log.warning("%s: %s: %s", file.name, source.name, failed)
        else:
            Unfinished(target, sha256=file.sha256, size=file.size).remove()
            return
    if not tried:
        raise DatasetUnavailable(
            f"The data set '{wanted.name}' ({wanted.size / 1e6:.0f} MB) comes from a mirror only,"
            " and none is set.",
            cure="Name a folder with all of its files in STUDYHUB_DATA_MIRROR.",
        )
    raise DatasetUnavailable(
        f"{file.name} of the data set '{wanted.name}' ({file.size / 1e6:.0f} MB)"
        " came from none of its sources:",
        cure="Check the network and the proxy settings and type the command again, or put the file"
        f" into a folder and name that folder in STUDYHUB_DATA_MIRROR (sha256 {file.sha256}).",
        tried=tried,
    )


def _bring_listed(wanted: DataSet, folder: Path, mirror: Path | None, report: Report) -> None:
    mirrors = () if mirror is None else wanted.folders_in(mirror)
    try:
        bring_listed(
            folder / wanted.listing, mirrors, report, data_set=wanted.name, most=wanted.size
        )
    except SourceFailed as failed:
        raise DatasetUnavailable(
            f"The data set '{wanted.name}' ({wanted.size / 1e6:.0f} MB) did not come: {failed}.",
            cure="Name a folder with all of its files in STUDYHUB_DATA_MIRROR.",
        ) from failed
