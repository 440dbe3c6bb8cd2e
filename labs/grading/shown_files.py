"""Puts files of a data set, such as weights and photos, into a data folder.

The name, the times and the place on the disk of a photo could tell what is on it: photos are
published breed by breed. So photos are written anew, in the order in which they are asked, under
a number and with one time for all. EXIF stays in a copy; a task that disguises photos gives bytes.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from labs.domain.errors import LabsError

_BEGINNINGS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png"}


class FileNotOffered(LabsError):
    """A task.py names a file that is no part of its lab's data sets."""

    status = 500
    kind = "file-not-offered"


def show_file(folder: Path, name: str, source: Path, offered: Iterable[Path]) -> str:
    """Make `source` appear as `name` with its own suffix; returns what it is called there.

    By a hard link, which costs nothing, where everybody may read the file; else by a copy.
    """
    real = _checked(source, offered)
    target = folder / f"{name}{real.suffix}"
    if real.stat().st_mode & stat.S_IROTH:
        with contextlib.suppress(OSError):  # another file system, or one without hard links
            os.link(real, target)
            return target.name
    shutil.copyfile(real, target)
    target.chmod(0o644)
    return target.name


def show_photos(
    folder: Path, name: str, photos: Sequence[Path | bytes], offered: Iterable[Path]
) -> list[str]:
    """Write the photos to `name/000000.jpg`, ...; returns these names, in the order of `photos`.

    A photo is a file of the data sets, which is copied, or the bytes of a JPEG or PNG file.
    """
    roots = [*offered]
    place = folder / name
    place.mkdir()
    place.chmod(0o755)
    shown = []
    for number, photo in enumerate(photos):
        if isinstance(photo, bytes):
            target = place / f"{number:06d}{_suffix(photo)}"
            target.write_bytes(photo)
        else:
            real = _checked(photo, roots)
            target = place / f"{number:06d}{real.suffix.lower()}"
            shutil.copyfile(real, target)
        target.chmod(0o644)
        os.utime(target, (0, 0))
        shown.append(f"{name}/{target.name}")
    return shown


def _suffix(photo: bytes) -> str:
    for beginning, suffix in _BEGINNINGS.items():
        if photo.startswith(beginning):
            return suffix
    raise FileNotOffered(
        "Bytes that are neither a JPEG nor a PNG file stand in a list of photos.",
        cure="Encode each photo as JPEG or PNG.",
    )


def _checked(source: Path, offered: Iterable[Path]) -> Path:
    """The file itself, followed through links, which must lie in one of the folders."""
    try:
        real = source.resolve(strict=True)
        inside = any(real.is_relative_to(folder.resolve()) for folder in offered)
    except OSError as missing:
        raise FileNotOffered(
            f"{source} is not there: {missing}.", cure="Fetch the lab's data sets again."
        ) from missing
    if not inside or not real.is_file():
        raise FileNotOffered(
            f"{source} is no file of the lab's data sets.",
            cure="Give paths below the folders of the files that load() was handed.",
        )
    return real
