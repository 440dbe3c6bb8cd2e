"""Housework on the disk: models and prepared data that nobody needs any more."""

from dataclasses import dataclass
from datetime import datetime

from labs.models import Lab
from labs.services.artefacts import prune_artefacts, sweep_artefacts
from labs.services.exercises import prune_prepared
from labs.services.late_artefacts import pack_missing
from labs.services.places import Places
from labs.services.reconciling import sweep


@dataclass(frozen=True)
class Tended:
    """How many runs got the file that a killed worker owed them; and how many were removed: kept
    models, files of nobody, prepared folders, left run folders."""

    packed: int
    outdone: int
    orphans: int
    prepared: int
    runs: int


def tend(*, now: datetime, places: Places | None = None) -> Tended:
    """What the beat does every ten minutes; safe to run at any time, any number of times."""
    place = places or Places.of_this_site()
    slugs = frozenset(Lab.objects.filter(retired_at=None).values_list("slug", flat=True))
    return Tended(
        packed=pack_missing(place.runs, now=now),
        outdone=prune_artefacts(now=now),
        orphans=sweep_artefacts(),
        prepared=prune_prepared(place.prepared, slugs=slugs),
        runs=sweep(place.runs),
    )
