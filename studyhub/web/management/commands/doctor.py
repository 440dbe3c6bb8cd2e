"""`doctor`: what works here, and the cure for what does not."""

from typing import Any

from django.core.management.base import BaseCommand

from studyhub.checks import findings


class Command(BaseCommand):
    help = (
        "Says what works here and what to type for the rest; exit 1 if something needed is missing."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for finding in findings():
            sign = "works  " if finding.works else "MISSING" if finding.needed else "without"
            self.stdout.write(f"{sign}  {finding.subject}: {finding.detail}")
            if not finding.works and finding.cure:
                self.stdout.write(f"         -> {finding.cure}")
            broken += finding.needed and not finding.works
        if broken:
            raise SystemExit(1)
