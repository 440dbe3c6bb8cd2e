"""`create_token USERNAME --device NAME`: a device token for the API, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyhub.accounts.selectors import user_named
from studyhub.accounts.services import issue_device_token
from studyhub.base.errors import StudyHubError


class Command(BaseCommand):
    help = "Prints a device token for the API. It is shown once and not stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--device", required=True, metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, secret = issue_device_token(user_named(options["username"]), options["device"])
        except StudyHubError as refusal:
            raise CommandError(f"{refusal.message} {refusal.cure}") from refusal
        self.stdout.write(secret)
