"""Imports an Anki package: decks, cards, review history and media, all of it or nothing.

The same package again changes nothing: notes are known by their guid, cards by guid and template,
reviews by their time. A newer export updates what is newer in it and adds what is new; what was
studied here meanwhile stays.

All of it is read, rendered and folded before the learner's lock is taken (on SQLite everybody's).
Under the lock, notes whose cards changed meanwhile are planned anew, and the rows are written.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from quizzes.anki.archive import Package
from quizzes.anki.collection import Collection, opened
from quizzes.anki.limits import LIMITS, Limits
from quizzes.anki.rows import Findings
from quizzes.domain.fsrs import problems_with
from quizzes.domain.scheduler import RETENTION_MAX, RETENTION_MIN
from quizzes.services.anki.plan import Plan
from quizzes.services.anki.planning import Planner
from quizzes.services.anki.planning_notes import plan_notes
from quizzes.services.anki.report import ImportReport, Offer
from quizzes.services.anki.shelf import MediaShelf
from quizzes.services.anki.writing import still_right, write
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User

BATCH = 300
UNLOCKED = 3
"""Plans that are made without the lock before one is made under it."""
Progress = Callable[[int, int], None]
"""Called with how many notes are done and how many there are."""


def _silent(done: int, total: int) -> None:
    """Nobody is told."""


def import_package(
    user: User,
    path: Path,
    *,
    now: datetime,
    progress: Progress = _silent,
    limits: Limits = LIMITS,
) -> ImportReport:
    """Takes in the package or collection at `path`. Raises PackageInvalid, PackageTooLarge or
    PackageTooNew, and then nothing was imported."""
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    findings = Findings()
    with (
        Package(path, limits) as package,
        opened(package, findings, limits) as collection,
        TemporaryDirectory(prefix="anki-plan-") as folder,
    ):
        shelf = MediaShelf(user, findings)
        shelf.take_all(package)
        work = _Import(user, collection, shelf, now, limits, Path(folder), progress)
        for _ in range(UNLOCKED):
            if (report := work.planned_then_locked()) is not None:
                return report
        return work.locked_then_planned()


class _Import:
    def __init__(
        self,
        user: User,
        collection: Collection,
        shelf: MediaShelf,
        now: datetime,
        limits: Limits,
        folder: Path,
        progress: Progress,
    ) -> None:
        self.user, self.collection, self.shelf = user, collection, shelf
        self.now, self.limits = now, limits
        self.file, self.progress = folder / "plan", progress

    def planned_then_locked(self) -> ImportReport | None:
        """None where so much changed meanwhile that the plan is of no use."""
        planner = self._planner()
        plan = self._planned(planner)
        try:
            with transaction.atomic():
                memory = locked_memory(self.user)
                if not still_right(plan, planner, memory):
                    return None
                write(plan, planner, memory)
            return self._reported(plan, planner)
        finally:
            plan.close()

    def locked_then_planned(self) -> ImportReport:
        """The last resort, which keeps others waiting: the learner's files or settings change
        faster than the package can be planned."""
        with transaction.atomic():
            memory = locked_memory(self.user)
            planner = self._planner()
            plan = self._planned(planner)
            try:
                write(plan, planner, memory)
                return self._reported(plan, planner)
            finally:
                plan.close()

    def _planner(self) -> Planner:
        return Planner(self.user, self.collection, self.shelf, self.now, self.limits)

    def _planned(self, planner: Planner) -> Plan:
        plan = Plan(self.file, self.user.pk, self.now)
        total = self.collection.counts["notes"]
        try:
            for place, batch in enumerate(self.collection.note_batches(BATCH)):
                self.progress(place * BATCH, total)
                plan_notes(planner, batch, plan)
        except BaseException:
            plan.close()
            raise
        self.progress(total, total)
        return plan

    def _reported(self, plan: Plan, planner: Planner) -> ImportReport:
        report = ImportReport(decks=sorted(plan.decks()), media=len(self.shelf.fresh))
        for what, number in plan.counts().items():
            table, _, outcome = what.partition(" ")
            getattr(report, table)[outcome] += number
        report.left_out = self.collection.findings.joined(planner.findings).as_json()
        for number in sorted(planner.presets_used):
            preset = self.collection.presets.get(number)
            if preset is None or not preset.weights or problems_with(preset.weights):
                continue
            wanted = preset.desired_retention
            if wanted is not None and not RETENTION_MIN <= wanted <= RETENTION_MAX:
                wanted = None
            report.offers.append(Offer(preset.name, list(preset.weights), wanted))
        return report
