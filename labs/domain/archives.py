"""Reading a zip of modules in memory, refusing every trick before anything is written."""

import io
import stat
import zipfile
from pathlib import PurePosixPath

from labs.domain.refusals import UploadRefused
from studyhub.base.zips import DAMAGED_ZIP

MAX_FILES = 500
# Source compresses about fourfold; forty megabytes out of one is a bomb.
MAX_UNPACKED_BYTES = 10_000_000
# The system takes 4,096 bytes of path, with the folder that the worker unpacks into.
MAX_PATH_BYTES = 1_000
_IGNORED_FOLDERS = frozenset({"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints"})
_CURE = "Make the zip anew from the folder that holds solution.py, with plain files only."


def read_archive(content: bytes) -> dict[str, bytes]:
    """The files of a zip by relative POSIX path; one folder around everything is taken off.

    Raises UploadRefused for what is no zip, more than 500 files or 10 MB unpacked, encrypted
    members, links and devices, and paths that are absolute, climb (`../`) or collide.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _checked_members(archive)
            files: dict[str, bytes] = {}
            room = MAX_UNPACKED_BYTES
            for path, member in members.items():
                # The header's size may lie, so reading stops where the room ends.
                with archive.open(member) as file:
                    files[path] = file.read(room + 1)
                room -= len(files[path])
                if room < 0:
                    raise _refused("The zip unpacks to more than 10 MB.")
    except DAMAGED_ZIP as problem:
        raise _refused("The zip cannot be read; it is damaged or packed unusually.") from problem
    return _without_outer_folder(files)


def _checked_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MAX_FILES:
        raise _refused(f"The zip has {len(listed):,} entries; at most {MAX_FILES} are allowed.")
    if sum(member.file_size for member in listed) > MAX_UNPACKED_BYTES:
        raise _refused("The zip unpacks to more than 10 MB.")
    members: dict[str, zipfile.ZipInfo] = {}
    for member in listed:
        _check_plain(member)
        if member.is_dir():
            continue
        path = _checked_path(member)
        if _IGNORED_FOLDERS.intersection(path.parts) or path.suffix == ".pyc":
            continue
        if str(path) in members:
            raise _refused(f"The zip has {path} twice.")
        members[str(path)] = member
    for name in members:
        if any(str(parent) in members for parent in PurePosixPath(name).parents):
            raise _refused(f"The zip has {name} below a file of the same name.")
    return members


def _check_plain(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise _refused(f"{member.filename} in the zip is encrypted.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(f"{member.filename} in the zip is a link or a device, no plain file.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(f"{member.filename} in the zip is packed by an unusual method.")


def _checked_path(member: zipfile.ZipInfo) -> PurePosixPath:
    # `orig_filename` is what the archive says; zipfile cuts `filename` at a zero byte.
    raw = member.orig_filename.replace("\\", "/")
    path = PurePosixPath(raw)
    unsafe = (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or ":" in path.parts[0]
        or any(ord(character) < 32 for character in raw)
        or any(len(part.encode(errors="replace")) > 200 for part in path.parts)
        or len(path.parts) > 20
    )
    if unsafe:
        raise _refused(f"The zip has a path that leads elsewhere: {raw[:80]!r}.")
    if len(raw.encode(errors="replace")) > MAX_PATH_BYTES:
        raise _refused(f"The zip has a path of more than {MAX_PATH_BYTES:,} bytes: {raw[:80]!r}.")
    return path


def _without_outer_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) != 1 or any(len(PurePosixPath(name).parts) < 2 for name in files):
        return files
    return {
        str(PurePosixPath(*PurePosixPath(name).parts[1:])): text for name, text in files.items()
    }


def _refused(message: str) -> UploadRefused:
    return UploadRefused(message, cure=_CURE, reason="unsafe_archive")
