"""`entry_link [USERNAME]`: the token of a fresh one-time sign-in link."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyhub.accounts.selectors import user_named
from studyhub.accounts.services import ensure_owner, issue_entry_link
from studyhub.base import clock
from studyhub.base.errors import StudyHubError


class Command(BaseCommand):
    help = "Makes a link that signs a user in once (by default the owner) and prints its path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            user = user_named(options["username"]) if options["username"] else ensure_owner()
        except StudyHubError as refusal:
            raise CommandError(f"{refusal.message} {refusal.cure}") from refusal
        return f"enter/{issue_entry_link(user, now=clock.now())}/"
