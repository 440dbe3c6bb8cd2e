"""`fit_schedules [--user NAME]`: fits scheduling parameters, keeps them only where better."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes import services
from quizzes.domain.errors import FitFailed
from quizzes.selectors.fits import FitRow, learners
from studyhub.accounts.models import User
from studyhub.accounts.selectors import user_named
from studyhub.base.clock import now
from studyhub.base.errors import StudyHubError


class Command(BaseCommand):
    help = (
        "Fits scheduling parameters to each learner's reviews and keeps them only where they "
        "predict reviews that they were not fitted to better than the ones in use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="only this learner")

    def handle(self, *args: Any, user: str | None, **options: Any) -> None:
        try:
            chosen = learners() if user is None else [user_named(user)]
            for learner in chosen:
                self.stdout.write(f"{learner.username}: {_done(learner)}")
        except StudyHubError as refusal:
            raise CommandError(f"{refusal.message} {refusal.cure}") from refusal


def _done(learner: User) -> str:
    services.recalibrate(learner)
    try:
        return _told(services.fit_schedule(learner, now=now()))
    except FitFailed as refusal:
        return f"no fit. {refusal.message}"


def _told(fit: FitRow) -> str:
    verdict = "kept" if fit.kept else "not kept, the parameters in use stay"
    return (
        f"{verdict}. Fit {fit.version} to {fit.reviews:,} reviews; log loss on held-out reviews "
        f"{fit.log_loss_before:.4f} before, {fit.log_loss_after:.4f} after."
    )
