"""`preview [DIR]`: the course in DIR as the site will show it, reloading on every save."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Shows a course folder (or a chapter's) on http://127.0.0.1:PORT/ as the site will, with "
        "what the checks find beside it; reloads on save, and needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", default=settings.COURSE_DIR)
        parser.add_argument("--port", type=int, default=8100, help="0 takes any free one")

    def handle(self, *args: Any, folder: Path, port: int, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}. Name the course's folder.")
        if not 0 <= port < 65_536:
            raise CommandError(f"{port} is no port. Choose one from 1024 to 65535.")
        # Settings of its own, so a process of its own: the preview takes this one's place.
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "studyhub.preview.settings"}
        command = [sys.executable, "-m", "studyhub.preview", str(folder.resolve())]
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, [*command, "--port", str(port)], environment)
