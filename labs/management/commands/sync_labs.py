"""`manage.py sync_labs [--check]`: writes the exercise folders into the database."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.services import exercise_problems, sync_labs
from studyhub.base.clock import now


class Command(BaseCommand):
    help = "Reads labs/exercises and updates the labs that pages show; harmless to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exercises", type=Path, default=settings.EXERCISES_DIR, metavar="DIR")
        parser.add_argument("--check", action="store_true", help="only look, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._refuse(exercise_problems(options["exercises"], settings.COURSE_DIR))
            self.stdout.write("The labs are in order.")
            return
        report = sync_labs(options["exercises"], now=now())
        for word in ("created", "changed", "retired"):
            slugs = getattr(report, word)
            if slugs:
                self.stdout.write(f"{word}: {', '.join(slugs)}")
        self.stdout.write(f"{len(report.unchanged)} unchanged")
        self._refuse(report.problems)

    def _refuse(self, problems: Sequence[str]) -> None:
        if problems:
            raise CommandError("\n".join(problems))
