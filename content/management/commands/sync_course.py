"""`sync_course [--course DIR] [--check] [--execute]`: reads, checks and stores the course."""

import io
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from content.domain.problems import Problem
from content.services import SyncReport, check_course, sync_course
from studyhub.base.clock import now


class Command(BaseCommand):
    help = "Reads and checks the course's files and stores them. With problems nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", type=Path, default=settings.COURSE_DIR, metavar="DIR")
        parser.add_argument("--check", action="store_true", help="only look, change nothing")
        parser.add_argument(
            "--execute", action="store_true", help="also run every code answer and computed answer"
        )

    def handle(self, *args: Any, course: Path, check: bool, execute: bool, **options: Any) -> None:
        beside: list[str] = []
        if check:
            beside = _refused_beside()
            problems = check_course(course, execute=execute)
            if not problems and not beside:
                self.stdout.write("The course is in order.")
        else:
            try:
                report = sync_course(course, now=now(), execute=execute)
            except DatabaseError as error:
                cure = "Type `python manage.py migrate`, then try again."
                raise CommandError(f"The database refused: {error}. {cure}") from error
            problems = report.problems
            if not problems:
                self.stdout.write(_summary(report))
        if problems or beside:
            self._refuse(course, problems, beside)

    def _refuse(self, course: Path, problems: tuple[Problem, ...], beside: list[str]) -> None:
        shown = Path(os.path.relpath(course))
        for problem in problems:
            where = f"{shown / problem.file}:{problem.line}"
            self.stderr.write(f"{where}: {problem.message}. {problem.cure}")
        for told in beside:
            self.stderr.write(told)
        count = len(problems) + len(beside)
        self.stderr.write(f"{count} problem{'s' * (count != 1)}; nothing was changed.")
        sys.exit(1)


def _refused_beside() -> list[str]:
    """What the site's other content lacks, which the course knows nothing of."""
    refused = []
    for name in settings.CHECKED_WITH_COURSE:
        try:
            call_command(name, check=True, stdout=io.StringIO())
        except CommandError as problem:
            refused.append(str(problem))
    return refused


def _summary(report: SyncReport) -> str:
    parts = [
        f"{len(names)} {word}"
        for word, names in (
            ("created", report.created),
            ("changed", report.changed),
            ("retired", report.retired),
            ("restored", report.restored),
            ("unchanged", report.unchanged),
        )
    ]
    return f"Course synced: {', '.join(parts)}."
