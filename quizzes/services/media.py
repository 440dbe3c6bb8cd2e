"""Pictures and sounds of own cards: files by the hash of their content, names per learner."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from content.domain.errors import DeckNotFound, MediaRefused, MediaTooLarge
from content.domain.media import (
    FILE_MAX,
    HEAD,
    QUOTA,
    TAKEN,
    StoredMedia,
    address,
    kind_of,
    safe_name,
)
from content.models import Media
from quizzes.domain.wording import storable
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User
from studyhub.base.words import size as in_words

FORGOTTEN = 24 * 3600
"""Seconds after which a file that nobody's card names is removed."""


def store_media(user: User, name: str, data: bytes) -> StoredMedia:
    """Keeps one file under `name`, or under a name close to it where that is another file's.

    The same bytes again give the same file. Raises MediaRefused or MediaTooLarge.
    """
    [stored] = store_media_files(user, [(name, data)]).values()
    if isinstance(stored, MediaRefused):
        raise stored
    return stored


def store_media_files(
    user: User, files: Iterable[tuple[str, bytes]]
) -> Mapping[str, StoredMedia | MediaRefused]:
    """The same for many; by the name that was given, what was kept or why it was not.

    `files` is read one by one. All that is kept is written in one transaction.
    """
    results: dict[str, StoredMedia | MediaRefused] = {}
    with transaction.atomic():
        locked_memory(user)
        shelf = _Shelf(user)
        for name, data in files:
            try:
                results[name] = shelf.put(name, data)
            except MediaRefused as refusal:
                results[name] = refusal
        Media.objects.bulk_create(shelf.fresh)
    return results


def delete_media(user: User, name: str) -> None:
    """Forgets a file. Cards that show it show its description from their next change on."""
    with transaction.atomic():
        locked_memory(user)
        rows = Media.objects.filter(owner=user, name=name)
        deleted = rows.delete()[0] if storable(name) else 0
    if not deleted:
        raise DeckNotFound(f"You have no file {name[:100]!r}.", cure="It may be deleted already.")


def sweep_media(*, now: datetime) -> int:
    """Removes the files that no learner names any more; gives how many.

    A file is left alone for a day after it was last stored: its row may be about to be written.
    """
    removed = 0
    for folder in sorted(_root().glob("??")):
        paths = {path.name: path for path in folder.iterdir()}
        kept = set(
            Media.objects.filter(sha256__in=paths).values_list("sha256", flat=True).distinct()
        )
        for name, path in paths.items():
            if name not in kept and now.timestamp() - path.stat().st_mtime > FORGOTTEN:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def media_path(sha256: str) -> Path:
    """Where the file with this content lies."""
    return _root() / sha256[:2] / sha256


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "cards"


class _Shelf:
    """One learner's files while some are added; the caller holds the learner's lock."""

    def __init__(self, user: User) -> None:
        self.user = user
        rows = Media.objects.filter(owner=user)
        self.known = {row.name: row.sha256 for row in rows.only("name", "sha256")}
        self.names = {sha256: name for name, sha256 in self.known.items()}
        self.room = QUOTA - (rows.aggregate(total=Sum("size"))["total"] or 0)
        self.fresh: list[Media] = []

    def put(self, name: str, data: bytes) -> StoredMedia:
        kind = kind_of(data[:HEAD])
        if kind is None:
            raise MediaRefused(
                f"{name[:100]!r} is no picture or sound that cards can show.",
                cure=f"These can be kept: {TAKEN}.",
            )
        if len(data) > FILE_MAX:
            cure = f"Make it smaller: one file may have {in_words(FILE_MAX)}."
            raise MediaTooLarge(f"{name[:100]!r} has {in_words(len(data))}.", cure=cure)
        sha256 = hashlib.sha256(data).hexdigest()
        wanted = safe_name(name, kind)
        if self.known.get(wanted, sha256) != sha256:
            stem, _, ending = wanted.rpartition(".")
            wanted = f"{stem}-{sha256[:8]}.{ending}"
        if wanted not in self.known:
            self._add(wanted, sha256, data)
        return StoredMedia(wanted, address(sha256, wanted), sha256, len(data))

    def _add(self, name: str, sha256: str, data: bytes) -> None:
        # The same bytes under a second name take no room of their own.
        cost = 0 if sha256 in self.names else len(data)
        if cost > self.room:
            raise MediaTooLarge(
                f"There is no room for {name!r}: your files may have {in_words(QUOTA)} together.",
                cure="Delete some under Cards, Files.",
            )
        self.room -= cost
        self.known[name] = sha256
        self.names.setdefault(sha256, name)
        self.fresh.append(Media(owner=self.user, name=name, sha256=sha256, size=len(data)))
        _write(media_path(sha256), data)


def _write(path: Path, data: bytes) -> None:
    """Writes the whole file or none; one that is there is only marked as used just now."""
    if path.exists():
        os.utime(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
