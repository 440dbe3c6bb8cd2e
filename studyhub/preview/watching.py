"""The course as it was last read, and the thread that reads it again when a file changes."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from content.domain.problems import Problem
from content.format.course import load_course
from studyhub.preview.keeping import Shown, shown_now

log = logging.getLogger(__name__)
LOOK_EVERY = 0.3
"""Seconds between two looks at the folder: one costs 4 ms for 250 files."""


@dataclass(frozen=True)
class State:
    """`version` is unlike that of any other state, also of one before the preview was restarted."""

    version: str
    title: str
    licence: str
    chapters: Mapping[str, Shown]
    """By folder, in order."""
    problems: Sequence[Problem]

    def chapter(self, slug: str) -> Shown | None:
        return next((shown for shown in self.chapters.values() if shown.chapter.slug == slug), None)


NOTHING = State("", "", "", {}, ())


class Watched:
    """A course folder. `state` is what to show now; other threads may read it at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed = threading.Condition()
        self._seen: object = None
        self.state = NOTHING
        self.look()

    def look(self) -> bool:
        """Reads the course again if a file changed since the last look; whether one had."""
        seen = fingerprint(self.folder)
        if seen == self._seen:
            return False
        self._seen = seen
        state = self._read()
        with self._changed:
            self.state = state
            self._changed.notify_all()
        return True

    def _read(self) -> State:
        was = self.state
        try:
            loaded = load_course(self.folder)
            chapters = shown_now(loaded.course.chapters, loaded.problems, was.chapters)
        except Exception as error:
            # What half-written files hold is anybody's guess, and the preview is to outlive it.
            log.exception("The course could not be read")
            message = f"The course could not be read ({type(error).__name__})"
            problem = Problem("course.toml", 1, message, "Undo the last change; see the terminal.")
            return State(uuid4().hex, was.title, was.licence, was.chapters, (problem,))
        return State(
            version=uuid4().hex,
            title=loaded.course.title or was.title,
            licence=loaded.course.licence or was.licence,
            chapters=chapters,
            problems=loaded.problems,
        )

    def wait(self, version: str, seconds: float) -> State:
        """The state: at once where it is not `version`, else when it changed or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.state.version != version, seconds)
            return self.state

    def keep_looking(self) -> None:
        """Looks for as long as the process lives, in a thread of its own."""
        while True:
            time.sleep(LOOK_EVERY)
            self.look()


def fingerprint(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, time of change and size of each file of the course; unlike after any save.

    It goes into folders of chapters only, whatever else somebody's folder may hold.
    """
    found = set()
    for path in _files(folder):
        try:
            stat = path.stat()
        except OSError:  # an editor's own file, gone again, or a link to nothing
            continue
        found.add((str(path.relative_to(folder)), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*")
    for chapter in folder.glob("[0-9][0-9]-*"):
        yield from chapter.glob("*")
        yield from chapter.glob("figures/*")
