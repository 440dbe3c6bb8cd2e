"""Where labs, data and runs lie on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings


@dataclass(frozen=True)
class Places:
    exercises: Path
    data: Path
    prepared: Path
    runs: Path
    secret: Path

    @classmethod
    def of_this_site(cls) -> Self:
        return cls(
            exercises=settings.EXERCISES_DIR,
            data=settings.DATA_DIR,
            prepared=settings.STUDYHUB_HOME / "prepared",
            runs=settings.RUNS_DIR,
            secret=settings.SECRET_FILE,
        )
