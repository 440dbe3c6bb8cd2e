"""Opens `.apkg`, `.colpkg` and bare collections, and unpacks their members within limits.

Sizes that a file states are never believed: what counts is what comes out.
"""

import json
import stat
import struct
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import zstandard

from quizzes.anki import wire
from quizzes.anki.limits import LIMITS, Limits, MiB
from quizzes.anki.rows import Findings
from quizzes.domain.errors import PackageInvalid, PackageTooLarge, PackageTooNew
from studyhub.base.zips import DAMAGED_ZIP

SQLITE = b"SQLite format 3\x00"
LATEST = 3
COLLECTIONS = {1: "collection.anki2", 2: "collection.anki21", 3: "collection.anki21b"}
_CHUNK = 256 * 1024
_WINDOW = 64 * MiB
_DIRECTORY_MAX = 16 * MiB
_NAME_BYTES = 250
_WIDE_LOCATOR, _WIDE_RECORD = 20, 56
#: Of the file: the longest comment, the last record, and those of 64 bits.
_TAIL = 0xFFFF + 22 + _WIDE_LOCATOR + _WIDE_RECORD
_DAMAGED: tuple[type[Exception], ...] = (*DAMAGED_ZIP, zstandard.ZstdError)
EXPORT_AGAIN = "Export it from Anki again, as .apkg or .colpkg."


@dataclass(frozen=True)
class Medium:
    """A file of the package: what cards call it, and the member that holds it."""

    name: str
    member: str


class Package:
    """An opened package. `packed` says that the collection and media are zstd in the zip."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._path = path
        self._size = size = path.stat().st_size
        if size > limits.package:
            raise PackageTooLarge(
                f"The file has {size // MiB} MiB; at most {limits.package // MiB} are taken.",
                cure="Export single decks, or leave media out.",
            )
        self._zip: zipfile.ZipFile | None = None
        self._twice: set[str] = set()
        """Names that several members have: which of them is meant, readers do not agree on."""
        with path.open("rb") as file:
            self.bare = file.read(len(SQLITE)) == SQLITE
            if not self.bare:
                _check_directory(file, size)
        if self.bare:
            self.version, self.packed = 0, False
            return
        try:
            self._zip = zipfile.ZipFile(path)
        except DAMAGED_ZIP as problem:
            raise _broken("it is no zip file, or cut off") from problem
        names = Counter(info.filename for info in self._zip.infolist())
        self._twice = {name for name, count in names.items() if count > 1}
        if len(self._zip.infolist()) > limits.members:
            raise PackageTooLarge(
                f"The package has {len(self._zip.infolist()):,} files; at most "
                f"{limits.members:,} are taken.",
                cure="Export single decks.",
            )
        try:
            self.version = self._version()
        except BaseException:
            self._zip.close()
            raise
        self.packed = self.version == LATEST

    def __enter__(self) -> "Package":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def unpack_collection(self, target: Path) -> None:
        """Writes the SQLite file to `target`."""
        with target.open("wb") as out:
            if self.bare:
                with self._path.open("rb") as source:
                    _copy(_pieces(source), out, self.limits.collection)
            else:
                member = COLLECTIONS[self.version]
                for piece in self._unpacked(member, self.limits.collection):
                    out.write(piece)
        with target.open("rb") as written:
            if written.read(len(SQLITE)) != SQLITE:
                raise _broken("its collection is no database")

    def media(self, findings: Findings) -> list[Medium]:
        """The files that the package lists and holds; each name once, in the list's order."""
        if self._zip is None or "media" not in self._members():
            return []
        listed = b"".join(self._unpacked("media", self.limits.media_list))
        named = _listed(listed) if self.packed else _mapped(listed)
        found: dict[str, Medium] = {}
        for member, name in named:
            clean = unicodedata.normalize("NFC", name)
            problem = problem_with_name(clean)
            if problem:
                findings.add(f"media file: {problem}", repr(name))
            elif clean in found:
                findings.add("media file: its name comes twice; the first was taken", name)
            elif member not in self._members():
                findings.add("media file: it is listed, but not in the package", name)
            elif member in self._twice or not _is_plain(self._members()[member]):
                findings.add("media file: its part comes twice or is no plain file", name)
            else:
                found[clean] = Medium(clean, member)
        return list(found.values())

    def unpack_medium(self, medium: Medium) -> Iterator[bytes]:
        """Its content in pieces. Raises PackageTooLarge or PackageInvalid."""
        return self._unpacked(medium.member, self.limits.media_file, packed=self.packed)

    def _members(self) -> dict[str, zipfile.ZipInfo]:
        return self._zip.NameToInfo if self._zip is not None else {}

    def _version(self) -> int:
        members = self._members()
        if "meta" in members:
            try:
                found = wire.read(b"".join(self._unpacked("meta", 1024, packed=False)))
                version = wire.whole(found, 1)
            except wire.WireError as problem:
                raise _broken("its `meta` cannot be read") from problem
            if version > LATEST:
                raise PackageTooNew(
                    f"A later Anki wrote this package (form {version}).",
                    cure="In Anki's export window tick “Support older Anki versions”.",
                )
            if version not in COLLECTIONS:
                raise _broken("its `meta` names no form")
            wanted = version
        else:
            wanted = 2 if COLLECTIONS[2] in members else 1
        if COLLECTIONS[wanted] not in members:
            raise _broken("there is no collection in it")
        return wanted

    def _unpacked(self, member: str, most: int, *, packed: bool | None = None) -> Iterator[bytes]:
        assert self._zip is not None
        info = self._members()[member]
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise _broken(f"its part `{member[:40]}` is encrypted or packed in an unknown way")
        if member in self._twice or not _is_plain(info):
            raise _broken(f"its part `{member[:40]}` comes twice or is no plain file")
        if info.compress_size > self._size:
            raise _broken(f"its part `{member[:40]}` says that it is larger than the whole")
        if packed is None:
            packed = self.packed
        allowed = min(most, max(self.limits.free, info.compress_size * self.limits.ratio))
        total = 0
        try:
            with self._zip.open(info) as stored:
                for piece in _unzstd(stored, self.limits, most) if packed else _pieces(stored):
                    total += len(piece)
                    if total > allowed:
                        raise _too_large(member, allowed, total, most)
                    yield piece
        except _DAMAGED as problem:
            raise _broken(f"its part `{member[:40]}` is damaged") from problem


def problem_with_name(name: str) -> str:
    """Why a media name cannot be used; empty when it can. Names are no paths, ever."""
    if not name or name in (".", "..") or name != name.strip():
        return "its name is empty or only dots and spaces"
    if any(sign in name for sign in '/\\:*?"<>|'):
        return "its name has a sign that belongs to paths"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in name):
        return "its name has signs that cannot be seen"
    if len(name.encode("utf-8", "replace")) > _NAME_BYTES:
        return "its name is too long"
    return ""


def _is_plain(info: zipfile.ZipInfo) -> bool:
    """Neither a link nor a folder; most writers say nothing of it, which is zero."""
    return stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG) and not info.is_dir()


def _check_directory(file: IO[bytes], size: int) -> None:
    """Python's zipfile reads the whole directory into memory, so its size is looked at first."""
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise _broken("it is no zip file, or cut off")
    stated = [struct.unpack_from("<L", tail, at + 12)[0]]
    # Where there is a record of 64 bits, zipfile takes it from this very place.
    wide = at - _WIDE_LOCATOR - _WIDE_RECORD
    if wide >= 0 and tail[wide : wide + 4] == b"PK\x06\x06":
        if stated[0] == 0xFFFF_FFFF:
            stated.clear()
        stated.append(struct.unpack_from("<Q", tail, wide + 40)[0])
    if max(stated) > _DIRECTORY_MAX:
        raise PackageTooLarge("The package has too many files.", cure="Export single decks.")


def _copy(pieces: Iterator[bytes], out: IO[bytes], most: int) -> None:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            raise _too_large("collection", most, total, most)
        out.write(piece)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_CHUNK):
        yield piece


def _unzstd(source: IO[bytes], limits: Limits, most: int) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(
        source, read_size=16 * 1024, read_across_frames=True
    )
    while piece := reader.read(_CHUNK):
        yield piece


def _listed(listed: bytes) -> list[tuple[str, str]]:
    """From protobuf: MediaEntries.entries = 1; an entry's name = 1, its old member name = 255."""
    try:
        entries = [
            wire.read(entry) for entry in wire.read(listed).get(1, []) if isinstance(entry, bytes)
        ]
        return [
            (str(wire.whole(entry, 255, place)), wire.text(entry, 1))
            for place, entry in enumerate(entries)
        ]
    except wire.WireError as problem:
        raise _broken("its list of media is damaged") from problem


def _mapped(listed: bytes) -> list[tuple[str, str]]:
    try:
        found: Any = json.loads(listed or b"{}")
    except (ValueError, RecursionError) as problem:
        raise _broken("its list of media is damaged") from problem
    if not isinstance(found, dict):
        raise _broken("its list of media is damaged")
    return [(member, name) for member, name in found.items() if isinstance(name, str)]


def _broken(why: str) -> PackageInvalid:
    return PackageInvalid(f"This is no Anki package that can be read: {why}.", cure=EXPORT_AGAIN)


def _too_large(member: str, allowed: int, total: int, most: int) -> PackageTooLarge:
    if total <= most:
        return PackageTooLarge(
            f"The part `{member[:40]}` unpacks to {LIMITS.ratio} times its size, as no deck does.",
            cure=EXPORT_AGAIN,
        )
    return PackageTooLarge(
        f"The part `{member[:40]}` is larger than {allowed // MiB} MiB.",
        cure="Export single decks, or leave media out.",
    )
