"""Packs what a worker that was killed between a run's grade and its packing left behind."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from labs.domain.refusals import UploadRefused
from labs.domain.runs import GRADED
from labs.domain.uploads import Upload, files_of
from labs.models import Run
from labs.services.artefacts import pack
from labs.services.locks import alone
from labs.services.workers import is_dead

_MODEL = re.compile(r"run-(\d+)-\d+\.model")
# A worker elsewhere, of which we cannot know whether it lives, packs within this time or never.
_LONGEST_PACKING = timedelta(minutes=10)


def awaiting_their_file(runs_folder: Path) -> set[int]:
    """Graded runs whose model still lies here because nothing was packed of them yet."""
    names = (_MODEL.fullmatch(path.name) for path in runs_folder.iterdir())
    runs = Run.objects.filter(pk__in={int(named[1]) for named in names if named})
    return set(runs.filter(state__in=GRADED, artefact=None).values_list("pk", flat=True))


def pack_missing(runs_folder: Path, *, now: datetime) -> int:
    """Packs their model and code as their worker would have; how many runs got their file.

    A run whose worker may still be at it is left to that. Safe at any time, from any process.
    """
    count = 0
    with alone(runs_folder / "packing.lock") as mine:
        found = awaiting_their_file(runs_folder) if mine else set()
        for run in Run.objects.select_related("lab", "grade", "submission").filter(pk__in=found):
            overdue = run.finished_at is None or run.finished_at < now - _LONGEST_PACKING
            if overdue or is_dead(run.worker):
                _pack(run, runs_folder / f"run-{run.pk}-{run.attempt}.model", now)
                count += 1
    return count


def _pack(run: Run, model: Path, now: datetime) -> None:
    upload = Upload(run.submission.filename, bytes(run.submission.content))
    try:
        files = files_of(upload)
    except UploadRefused:
        # It was taken then and would not be now; the model is worth keeping all the same.
        files = {run.submission.filename: upload.content}
    # What an "either" run was told to use is not noted anywhere.
    device = "cpu" if run.device == "cpu" else ""
    pack(run.pk, replace(run.outcome(), device=device), files, model, now=now)
