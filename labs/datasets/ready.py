"""What was fetched whole: remembered in a file beside it, with the checksums of all of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.datasets.published import DataSet, data_set
from labs.datasets.transfer import half_written
from labs.domain.errors import DatasetMissing
from studyhub.base.files import known_sha256, sha256_of

MARKER = "ready.json"


def locate(name: str, home: Path, *, asked: str | None = None) -> dict[str, Path]:
    """The files of a fetched data set by their names; looks at the disk only.

    `asked` is what the cure tells a person to type after fetch_data (a lab's slug, say). Raises
    DatasetMissing, also where what lies there was made from another version of the data, or was
    changed or damaged since: a file is read for that once in a process.
    """
    wanted = data_set(name)
    folder = home / name
    paths = {served: folder / served for served in wanted.served}
    command = _command(asked or name)
    marker = _marker(wanted, folder)
    if marker is None or not all(path.is_file() for path in paths.values()):
        raise DatasetMissing({name: wanted.described}, command=command)
    sums = _served_sums(marker)
    changed = [served for served, path in paths.items() if known_sha256(path) != sums.get(served)]
    if changed:
        what = (
            f"{wanted.described}. What lies there is damaged or was changed: {', '.join(changed)}"
        )
        raise DatasetMissing({name: what}, command=command)
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


def is_whole(wanted: DataSet, folder: Path) -> bool:
    """Whether every file that labs read is the one that was made; reads all of them."""
    marker = _marker(wanted, folder)
    if marker is None:
        return False
    sums = _served_sums(marker)
    return all(
        (folder / file).is_file() and sha256_of(folder / file) == sums.get(file)
        for file in wanted.served
    )


def mark_ready(wanted: DataSet, folder: Path) -> None:
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


def unmark(folder: Path) -> None:
    (folder / MARKER).unlink(missing_ok=True)


def _marker(wanted: DataSet, folder: Path) -> Mapping[str, object] | None:
    """What a whole fetch of this data set, as the catalogue now describes it, left behind."""
    try:
        marker = json.loads((folder / MARKER).read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(marker, dict) or marker.get("sources") != _source_sums(wanted):
        return None
    return marker if marker.get("version", 1) == wanted.version else None


def _served_sums(marker: Mapping[str, object]) -> Mapping[str, object]:
    sums = marker.get("served")
    return sums if isinstance(sums, dict) else {}


def _source_sums(wanted: DataSet) -> dict[str, str]:
    return {file.name: file.sha256 for file in wanted.files}
