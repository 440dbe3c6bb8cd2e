"""Data sets of many files: what proves them is one list of checksums, which the catalogue pins.

The list is written as `sha256sum` writes it, one line a file: the checksum, two spaces, the name.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.datasets.progress import Progress, Report, Stage
from labs.datasets.source import SourceFailed
from labs.datasets.transfer import WrongContent, receive
from studyhub.base.files import sha256_of

_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<name>[\w-]+(?:[./][\w-]+)*)")
_EVERY = 50  # files between two reports


def listed_files(listing: Path) -> Mapping[str, str]:
    """Checksums by name; raises SourceFailed where a line is no such line or leads elsewhere."""
    found: dict[str, str] = {}
    for line in listing.read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise SourceFailed(f"{listing.name} has the line {line[:100]!r}")
        found[match["name"]] = match["sha256"]
    return found


def bring_listed(
    listing: Path, mirrors: Sequence[Path], report: Report, *, data_set: str, most: int
) -> None:
    """Copy what the list names and is not here into its folder, each file from the first of the
    mirrors that has it; raises SourceFailed. What is here and whole is not copied again.

    most: bytes that one file may have, since the list tells no sizes.
    """
    wanted = listed_files(listing)
    for number, (name, sha256) in enumerate(wanted.items()):
        target = listing.parent / name
        if not (target.is_file() and sha256_of(target) == sha256):
            _copy(name, sha256, target, mirrors, most)
        if number % _EVERY == 0:
            report(Progress(data_set, "", Stage.COPYING, number, len(wanted), "the mirror"))


def _copy(name: str, sha256: str, target: Path, mirrors: Sequence[Path], most: int) -> None:
    failed = SourceFailed(f"no mirror has the file {name}")
    for mirror in mirrors:
        path = mirror / name
        if not path.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("rb") as stream:
                size = min(path.stat().st_size, most)
                receive(stream, target, sha256=sha256, size=size, on_bytes=lambda done: None)
        except WrongContent as wrong:
            failed = SourceFailed(f"what {path} gave was removed: {wrong}")
        except PermissionError as closed:
            failed = SourceFailed(f"{path} cannot be read ({closed.strerror})")
        else:
            return
    raise failed
