"""Files of imported notes. Any kind is kept, since an export has to give it back; pages show only
pictures and sounds, and serve the rest as a download."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Sum

from content.domain.media import QUOTA, address
from content.models import Media
from quizzes.anki.archive import Package
from quizzes.anki.rows import Findings
from quizzes.domain.errors import PackageTooLarge
from quizzes.services.media import media_path
from studyhub.accounts.models import User


@dataclass(frozen=True)
class _Unpacked:
    """A file of the package, kept by its content."""

    name: str
    sha256: str
    size: int


class MediaShelf:
    """A package's files. They are unpacked and kept before anything else, without a lock: files
    that no row names in the end go with the next sweep. `look` fits their names to those that the
    learner has, as often as these change."""

    def __init__(self, user: User, findings: Findings) -> None:
        self._user = user
        self._findings = findings
        self._taken: list[_Unpacked] = []
        self._known: dict[str, str] = {}
        self._left_out: set[str] = set()
        self.fresh: list[Media] = []
        """Rows for those that the learner does not have yet."""
        self.renamed: dict[str, str] = {}
        """New names of files whose own name another file of the learner's has."""

    @property
    def addresses(self) -> dict[str, str]:
        """Where each file is served, by the name that cards call it."""
        return {name: address(sha256, name) for name, sha256 in self._known.items()}

    def stored(self) -> dict[str, str]:
        """The learner's files as they are now: content by name."""
        return dict(Media.objects.filter(owner=self._user).values_list("name", "sha256"))

    def _room(self) -> int:
        """Bytes that the learner's files may still take."""
        has = Media.objects.filter(owner=self._user).aggregate(total=Sum("size"))["total"]
        return QUOTA - (has or 0)

    def _leave_out(self, name: str) -> None:
        if name not in self._left_out:  # said once, however often it is looked at
            self._left_out.add(name)
            self._findings.add("media file: there is no room left for your files", name)

    def take_all(self, package: Package) -> None:
        """Unpacks the files and keeps those that there is room for."""
        known = self.stored()
        room = self._room()
        unpacked = 0
        for medium in package.media(self._findings):
            kept: tuple[Path, str, int] | None
            try:
                kept = _written(package.unpack_medium(medium))
            except PackageTooLarge:
                self._findings.add("media file: it is too large", medium.name)
                kept = None
            # One that is too large was unpacked as far as it may go, which is work as well.
            unpacked += package.limits.media_file if kept is None else kept[2]
            if unpacked > package.limits.media_total:
                if kept is not None:
                    kept[0].unlink()
                raise PackageTooLarge(
                    "The package's media unpack to more than can be taken.",
                    cure="Export single decks, or leave media out.",
                )
            if kept is None:
                continue
            path, sha256, size = kept
            if known.get(medium.name) != sha256 and size > room:
                path.unlink()
                self._leave_out(medium.name)
                continue
            room -= 0 if known.get(medium.name) == sha256 else size
            target = media_path(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            self._taken.append(_Unpacked(medium.name, sha256, size))

    def look(self) -> None:
        """Names the files beside those that the learner has now, as far as there is room for them
        now: another import may have come in between."""
        self._known, self.fresh, self.renamed = self.stored(), [], {}
        room = self._room()
        for one in self._taken:
            name = one.name
            if self._known.get(name, one.sha256) != one.sha256:
                stem, dot, ending = name.rpartition(".")
                hashed = one.sha256[:8]
                name = f"{stem}-{hashed}.{ending}" if dot else f"{name}-{hashed}"
                self.renamed[one.name] = name
            if name not in self._known and one.size > room:
                self._leave_out(one.name)
            elif name not in self._known:
                room -= one.size
                self._known[name] = one.sha256
                self.fresh.append(
                    Media(owner=self._user, name=name, sha256=one.sha256, size=one.size)
                )

    def with_new_names(self, flds: str) -> str:
        """The fields, calling files by the names that they have here."""
        if not self.renamed:
            return flds
        return _REFERENCE.sub(self._new_name, flds)

    def _new_name(self, found: re.Match[str]) -> str:
        before, name, after = found.groups()
        for given in (name, name.replace("&amp;", "&")):
            if given in self.renamed:
                return f"{before}{self.renamed[given]}{after}"
        return found[0]


_REFERENCE = re.compile(r"""(\[sound:|\bsrc=["']?)([^"'\]\[<>]{1,250}?)(\]|["']|(?=[\s>]))""")


def names_in(text: str) -> set[str]:
    """Files that a field or a style names."""
    found = {match[2] for match in _REFERENCE.finditer(text)} | set(_STYLE.findall(text))
    return found | {name.replace("&amp;", "&") for name in found}


_STYLE = re.compile(r"""url\(\s*["']?([^"')]{1,250})["']?\s*\)""")


def _written(pieces: Iterator[bytes]) -> tuple[Path, str, int]:
    """The content in a new file beside the others, with its hash and size."""
    folder = media_path("00").parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".import-")
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name), digest.hexdigest(), size
