"""Bringing a data set because somebody asked on a page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from labs.datasets import Progress, data_set, fetch_or_instead
from labs.domain.errors import DatasetUnavailable
from labs.models import DatasetFetch
from labs.queue import send_fetch_after_commit
from labs.services.catalogue import sync_labs

# A fetch that says nothing for this long is taken for dead and may be asked for again.
SILENT_AFTER = timedelta(seconds=60)
_REPORT_EVERY = timedelta(seconds=0.5)


def request_fetch(slug: str, *, now: datetime) -> DatasetFetch:
    """Asks a worker to bring a data set; joins a fetch that is under way. Raises DatasetUnknown."""
    data_set(slug)
    with transaction.atomic():
        row, created = DatasetFetch.objects.get_or_create(
            slug=slug, defaults={"state": "queued", "requested_at": now, "updated_at": now}
        )
        under_way = row.state in ("queued", "running") and row.updated_at > now - SILENT_AFTER
        if created or not under_way:
            row.state, row.done, row.total, row.message = "queued", 0, None, ""
            row.requested_at = row.updated_at = now
            row.save()
            send_fetch_after_commit(slug)
    return row


def run_fetch(slug: str, *, clock: Callable[[], datetime]) -> bool:
    """What the worker does for `request_fetch`; False if every source failed."""
    report = _RowReport(slug, clock)
    report.save(state="running")
    try:
        fetch_or_instead(
            slug, settings.DATA_DIR, mirror=settings.DATA_MIRROR, report=report.progress
        )
    except DatasetUnavailable as failed:
        report.save(state="failed", message=f"{failed.message} {failed.cure}")
        return False
    sync_labs(settings.EXERCISES_DIR, now=clock())  # a lab may stand on these data from now on
    report.save(state="done", message="")
    return True


class _RowReport:
    """Writes progress into the row, twice a second at most."""

    def __init__(self, slug: str, clock: Callable[[], datetime]) -> None:
        self._slug = slug
        self._clock = clock
        self._next: datetime | None = None

    def progress(self, progress: Progress) -> None:
        now = self._clock()
        if self._next is not None and now < self._next:
            return
        self._next = now + _REPORT_EVERY
        words = " ".join(filter(None, (str(progress.stage), progress.file)))
        self.save(done=progress.done, total=progress.total or None, message=words)

    def save(self, **changes: Any) -> None:
        DatasetFetch.objects.filter(slug=self._slug).update(updated_at=self._clock(), **changes)
