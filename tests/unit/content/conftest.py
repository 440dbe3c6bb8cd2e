from pathlib import Path

import pytest

from tests.unit.content.courses import CourseFolder


@pytest.fixture
def course(tmp_path: Path) -> CourseFolder:
    """The example of content/README.md as files."""
    return CourseFolder(tmp_path / "course")
