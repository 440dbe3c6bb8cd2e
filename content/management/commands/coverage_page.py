"""`coverage_page [--check]`: writes docs/coverage.md from the course's files, or compares."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from content.services import coverage_text

PAGE = settings.BASE_DIR / "docs" / "coverage.md"


class Command(BaseCommand):
    help = "Writes which section and which prompts cover each fact of the course."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", type=Path, default=settings.COURSE_DIR, metavar="DIR")
        parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
        parser.add_argument("--check", action="store_true", help="only compare, write nothing")

    def handle(self, *args: Any, course: Path, page: Path, check: bool, **options: Any) -> None:
        text = coverage_text(course)
        if not check:
            page.write_text(text, encoding="utf-8")
            self.stdout.write(f"Written: {page}")
        elif not page.is_file() or page.read_text(encoding="utf-8") != text:
            cure = "Type `python manage.py coverage_page` and commit what it writes."
            raise CommandError(f"{page} does not say what the course covers now. {cure}")
        else:
            self.stdout.write("The page of coverage is up to date.")
