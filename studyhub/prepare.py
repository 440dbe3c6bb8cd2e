"""Brings a home up to date before the site starts: tables, static files, course, labs.

Each step is idempotent. Collecting static files (compressing them takes seconds) is left out when
nothing in their sources changed since the last time.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# The second API browser of the sidecar: nobody is sent there, and it is the largest file.
NOT_SERVED = ["redoc*"]


def prepare_ground() -> None:
    """What the web process needs before it starts: tables and static files."""
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()


def prepare_content() -> str:
    """Course, labs, and the path of a fresh one-time sign-in link.

    A course with problems raises SystemExit after its problems were printed.
    """
    _quietly("sync_course")
    _quietly("sync_labs")
    return _quietly("entry_link")


def collect_static() -> None:
    mark = settings.STUDYHUB_HOME / "static.mark"
    found = _fingerprint(_static_sources())
    if mark.exists() and mark.read_text() == found:
        return
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_SERVED)
    mark.write_text(found)


def _static_sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list(NOT_SERVED):
            yield Path(storage.path(name))


def _fingerprint(paths: Iterator[Path]) -> str:
    """Changes with any file's name, size or time."""
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for path in sorted(paths):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _quietly(command: str) -> str:
    """What the command printed; its complaints still reach the terminal."""
    with io.StringIO() as said:
        call_command(command, stdout=said)
        return said.getvalue().strip()
