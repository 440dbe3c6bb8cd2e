"""`import_anki FILE --user NAME`: decks with review history and media, from a package."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.services.anki import ImportReport, import_package
from studyhub.accounts.selectors import user_named
from studyhub.base.clock import now
from studyhub.base.errors import StudyHubError
from studyhub.base.words import counted


class Command(BaseCommand):
    help = "Imports an .apkg, .colpkg or .anki2 file. Importing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--user", metavar="NAME", required=True, help="whose cards they become")

    def handle(self, *args: Any, file: Path, user: str, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}. Give the path of an .apkg or .colpkg.")
        try:
            report = import_package(user_named(user), file, now=now(), progress=self._say)
        except StudyHubError as refusal:
            raise CommandError(f"{refusal.message} {refusal.cure}") from refusal
        for line in told(report):
            self.stdout.write(line)

    def _say(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(
                f"\r{done:,} of {total:,} notes", ending="\n" if done == total else ""
            )


def told(report: ImportReport) -> list[str]:
    """The report in lines of text."""
    cards, notes, reviews = report.cards, report.notes, report.reviews
    lines = [
        f"Notes: {notes['created']:,} new, {notes['changed']:,} changed, "
        f"{notes['unchanged']:,} as they were.",
        f"Cards: {cards['created']:,} new, {cards['changed']:,} changed, "
        f"{cards['unchanged']:,} as they were.",
        f"Reviews: {reviews['created']:,} new, {reviews['known']:,} known already.",
        f"Files: {report.media:,} new.",
    ]
    if report.decks:
        lines.append(f"Decks: {', '.join(report.decks)}.")
    for offer in report.offers:
        lines.append(f"Preset “{offer.name}” brings FSRS parameters; nothing was set by them.")
    for left in report.left_out:
        examples = ", ".join(left["examples"])
        lines.append(f"Left out, {counted(left['count'], 'time')}: {left['why']} ({examples}).")
    return lines
