from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content.services import SyncReport, sync_course
from tests.unit.content.courses import CourseFolder

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Syncs:
    """A course folder and a calendar: each `sync` happens a day after the one before."""

    def __init__(self, folder: CourseFolder) -> None:
        self.folder = folder
        self.now = MONDAY

    def sync(self) -> SyncReport:
        self.now += timedelta(days=1)
        return sync_course(self.folder.path, now=self.now)


@pytest.fixture
def course(tmp_path: Path) -> Syncs:
    return Syncs(CourseFolder(tmp_path / "course"))
