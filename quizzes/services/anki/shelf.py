"""Files of imported notes. Any kind is kept, since an export has to give it back; pages show only
pictures and sounds, and serve the rest as a download."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Sum

from content.domain.media import QUOTA, address
from content.models import Media
from quizzes.anki.archive import Medium, Package
from quizzes.anki.rows import Findings
from quizzes.domain.errors import PackageTooLarge
from quizzes.services.media import media_path
from studyhub.accounts.models import User


class MediaShelf:
    """One learner's files while a package is imported, under the learner's lock."""

    def __init__(self, user: User, findings: Findings) -> None:
        self._user = user
        self._findings = findings
        rows = Media.objects.filter(owner=user)
        self._known = dict(rows.values_list("name", "sha256"))
        self._room = QUOTA - (rows.aggregate(total=Sum("size"))["total"] or 0)
        self.renamed: dict[str, str] = {}
        """New names of files whose own name another file of the learner's has."""
        self.created = 0

    @property
    def addresses(self) -> dict[str, str]:
        """Where each file is served, by the name that cards call it."""
        return {name: address(sha256, name) for name, sha256 in self._known.items()}

    def take_all(self, package: Package) -> None:
        fresh: list[Media] = []
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
            row = self._place(medium, *kept)
            if row is not None:
                fresh.append(row)
        Media.objects.bulk_create(fresh, batch_size=500)
        self.created = len(fresh)

    def _place(self, medium: Medium, path: Path, sha256: str, size: int) -> Media | None:
        name = medium.name
        if self._known.get(name, sha256) != sha256:
            stem, dot, ending = name.rpartition(".")
            name = f"{stem}-{sha256[:8]}.{ending}" if dot else f"{name}-{sha256[:8]}"
            self.renamed[medium.name] = name
        if name in self._known:
            path.unlink()
            return None
        if size > self._room:
            path.unlink()
            self._findings.add("media file: there is no room left for your files", medium.name)
            return None
        self._room -= size
        self._known[name] = sha256
        target = media_path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        return Media(owner=self._user, name=name, sha256=sha256, size=size)

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
