"""What a graded run leaves: its model, code and environment as a zip, kept by policy.

The model is the learner's pickle. It is copied as bytes and never opened here.
"""

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from labs.domain.artefacts import Kept, to_remove
from labs.domain.outcome import RunOutcome
from labs.domain.refusals import ArtefactGone
from labs.models import Artefact, Run
from labs.selectors import run_for
from labs.services.environment import environment_of
from studyhub.accounts.models import User

MB = 1_000_000
# A file that no row names may be one that is being written.
_ORPHAN_SECONDS = 3_600
_README = """\
Run {run} of {lab}, by {user}, with seed {seed}.

code/             what was handed in; of a notebook, its code
model.pickle      what train() returned, as Python's pickle of it
environment.json  Python, packages, device, seed and durations
result.json       grade and metrics

Reading a pickle runs whatever is in it. Read this one only if the code is yours, or where it can do
no harm, with the packages of environment.json:

    import pickle, sys
    sys.path.insert(0, "code")
    model = pickle.load(open("model.pickle", "rb"))
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArtefactFile:
    """The zip on disk, and what to call it where it arrives."""

    path: Path
    name: str
    size: int  # bytes


def artefact(user: User, run_id: int) -> ArtefactFile:
    """The zip of one's own run; staff get every run's. Raises RunUnknown and ArtefactGone."""
    run = run_for(user, run_id)
    kept: Artefact | None = getattr(run, "artefact", None)
    path = settings.ARTEFACTS_DIR / kept.file if kept is not None and kept.file else None
    if kept is None or path is None or not path.is_file():
        said = kept.note if kept is not None and kept.note else "This run left no file."
        raise ArtefactGone(said, cure="Run the file again to have its model once more.")
    return ArtefactFile(path, f"{run.lab.slug}-run-{run.pk}.zip", kept.size)


def pack(
    run_id: int, outcome: RunOutcome, files: Mapping[str, bytes], model: Path, *, now: datetime
) -> None:
    """Keeps what a graded run left; nothing that goes wrong here is the run's fault or loss.

    files: its code by path. A model beyond the site's limit is left out, and the row says so.
    """
    try:
        if outcome.grade is not None:
            _pack(run_id, outcome, files, model, now)
            prune_artefacts(now=now, of=run_id)
    except OSError:
        log.exception("The artefact of run %s was not kept.", run_id)


def _pack(
    run_id: int, outcome: RunOutcome, files: Mapping[str, bytes], model: Path, now: datetime
) -> None:
    run = Run.objects.select_related("lab", "user").get(pk=run_id)
    environment = environment_of(outcome, seed=run.seed)
    size = model.stat().st_size if model.is_file() else 0
    note = ""
    if not size:
        note = "The model was not kept."
    elif size > settings.ARTEFACT_MB * MB:
        note = f"The model has {size / MB:,.0f} MB; this site keeps {settings.ARTEFACT_MB} MB."
        size = 0
    readme = _README.format(
        run=run_id, lab=run.lab.slug, user=run.user.get_username(), seed=run.seed
    )
    texts = {
        "README.txt": readme + (f"\n{note}\n" if note else ""),
        "environment.json": _json(environment),
        "result.json": _json(outcome.to_json(lab=run.lab.slug, seed=run.seed)),
    }
    code = {f"code/{path}": content for path, content in files.items()}
    written = settings.ARTEFACTS_DIR / f"run-{run_id}.zip"
    digest = _write_zip(written, {**texts, **code}, model if size else None)
    Artefact.objects.update_or_create(
        run=run,
        defaults={
            "environment": environment,
            "file": written.name,
            "size": written.stat().st_size,
            "model_bytes": size,
            "sha256": digest,
            "note": note,
            "created_at": now,
            "removed_at": None,
        },
    )


def _write_zip(target: Path, files: Mapping[str, str | bytes], model: Path | None) -> str:
    """Whole or not at all, over what lay there; its sha256. model: None where it is left out."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(prefix=".", suffix=".zip", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)
            if model is not None:
                archive.write(model, "model.pickle", zipfile.ZIP_STORED)  # weights do not shrink
        with open(half, "rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.replace(half, target)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(half)
    return digest


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def prune_artefacts(*, now: datetime, of: int | None = None) -> int:
    """Removes the files that the policy keeps no longer; how many went. Their rows stay.

    of: look only at the learner and lab of this run, as after each run; the beat looks at all.
    """
    rows = Artefact.objects.exclude(file="")
    if of is not None:
        owner = Run.objects.only("user_id", "lab_id").get(pk=of)
        rows = rows.filter(run__user=owner.user_id, run__lab=owner.lab_id)
    found = rows.values_list(
        "run", "run__user", "run__lab", "run__grade__score", "size", "run__grade__flagged", "file"
    )
    files: dict[int, str] = {}
    kept: list[Kept] = []
    for run_id, user, lab, score, size, flagged, file in found:
        files[run_id] = file
        kept.append(Kept(run_id, user, lab, score or 0.0, size, counts=not flagged))
    gone = to_remove(kept, room=settings.ARTEFACTS_MB * MB)
    for run_id, why in gone.items():
        Artefact.objects.filter(run=run_id).update(file="", note=why, removed_at=now)
        (settings.ARTEFACTS_DIR / files[run_id]).unlink(missing_ok=True)
    return len(gone)


def sweep_artefacts() -> int:
    """Removes files that no row names: of deleted accounts, and of workers that were killed."""
    folder = settings.ARTEFACTS_DIR
    if not folder.is_dir():
        return 0
    named = set(Artefact.objects.exclude(file="").values_list("file", flat=True))
    old = time.time() - _ORPHAN_SECONDS
    count = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.name not in named and path.stat().st_mtime < old:
                path.unlink()
                count += 1
    return count
