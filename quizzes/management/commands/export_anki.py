"""`export_anki FILE --user NAME`: a learner's decks as an Anki package."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.services.anki import export_package
from studyhub.accounts.selectors import user_named
from studyhub.base.clock import now
from studyhub.base.errors import StudyHubError


class Command(BaseCommand):
    help = "Exports own cards with their reviews and media to an .apkg file that Anki opens."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--user", metavar="NAME", required=True, help="whose cards")
        parser.add_argument("--deck", metavar="SLUG", help="only this deck")
        parser.add_argument(
            "--course", action="store_true", help="the course's cards that they study, too"
        )
        parser.add_argument(
            "--legacy", action="store_true", help="for Anki before 2.1.50 and other programs"
        )

    def handle(self, *args: Any, file: Path, user: str, **options: Any) -> None:
        if not file.parent.is_dir():
            raise CommandError(f"There is no folder {file.parent}. Make it first.")
        try:
            report = export_package(
                user_named(user),
                file,
                now=now(),
                deck=options["deck"],
                legacy=options["legacy"],
                course=options["course"],
            )
        except StudyHubError as refusal:
            raise CommandError(f"{refusal.message} {refusal.cure}") from refusal
        self.stdout.write(
            f"{report.notes:,} notes, {report.cards:,} cards, {report.reviews:,} reviews and "
            f"{report.media:,} files are in {file}."
        )
        if report.missing:
            self.stdout.write(f"Files that are not here: {', '.join(report.missing)}.")
