"""Exercise folders as rows."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from content.format.markdown import Page
from content.format.rendering import render
from content.services import prompt_ids
from labs.datasets import catalogue
from labs.domain.errors import ExerciseInvalid
from labs.grading import Exercise, load_exercise
from labs.models import Lab
from labs.services.exercises import with_data_here


@dataclass(frozen=True)
class LabsReport:
    """Slugs by what happened to them, and the problems of folders that were left out."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    retired: tuple[str, ...]
    problems: tuple[str, ...]


def exercise_problems(exercises_dir: Path, course_dir: Path) -> tuple[str, ...]:
    """What is wrong with the exercise folders, one text for each; nothing is written.

    A lab may name no prompt that the course's files lack. A site that runs is less strict and only
    leaves such a prompt out: a retired one is no reason to take a lab away.
    """
    loaded = _loaded(exercises_dir, prompts=prompt_ids(course_dir))
    return tuple(each for _, each in loaded if isinstance(each, str))


def sync_labs(exercises_dir: Path, *, now: datetime) -> LabsReport:
    """Writes every sound exercise folder into its row; a lab whose folder went is retired.

    Idempotent. A folder with problems leaves its row as it was and is reported.
    """
    outcome: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": [], "retired": []}
    problems: list[str] = []
    kept: set[str] = set()
    with transaction.atomic():
        for position, (slug, loaded) in enumerate(_loaded(exercises_dir)):
            kept.add(slug)
            if isinstance(loaded, str):
                problems.append(loaded)
            else:
                outcome[_write(loaded, position, now)].append(slug)
        gone = Lab.objects.filter(retired_at=None).exclude(slug__in=kept)
        outcome["retired"] += gone.values_list("slug", flat=True)
        gone.update(retired_at=now, updated_at=now)
    return LabsReport(
        **{key: tuple(slugs) for key, slugs in outcome.items()}, problems=tuple(problems)
    )


def _loaded(
    exercises_dir: Path, *, prompts: frozenset[str] | None = None
) -> Iterator[tuple[str, Exercise | str]]:
    """Each folder's name with its exercise, or with what keeps it from being one."""
    names = frozenset(known.name for known in catalogue())
    for folder in sorted(path.parent for path in exercises_dir.glob("*/lab.toml")):
        try:
            yield folder.name, load_exercise(folder, data_sets=names, prompts=prompts)
        except ExerciseInvalid as invalid:
            yield folder.name, invalid.message


def _write(exercise: Exercise, position: int, now: datetime) -> str:
    exercise = with_data_here(exercise, settings.DATA_DIR)
    spec = exercise.spec
    fields = {
        "title": spec.title,
        "chapter": spec.chapter,
        "summary": spec.summary,
        "brief": exercise.brief,
        "brief_html": render(exercise.brief, Page(spec.title)),
        "starter": exercise.starter.read_text(encoding="utf-8"),
        "data": list(spec.data),
        "device": str(spec.device),
        "limits": spec.limits.to_json(),
        "thresholds": spec.thresholds.to_json(),
        "hidden": asdict(spec.hidden),
        "quota": spec.quota.to_json(),
        "spread": [asdict(spread) for spread in spec.spreads],
        "prompts": list(spec.prompts),
        "variant": spec.variant,
        "position": spec.chapter * 100 + position,
    }
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    row = Lab.objects.filter(slug=spec.slug).first()
    if row is not None and row.content_hash == digest and row.retired_at is None:
        return "unchanged"
    Lab.objects.update_or_create(
        slug=spec.slug,
        defaults={**fields, "content_hash": digest, "retired_at": None, "updated_at": now},
    )
    return "created" if row is None else "changed"
