"""Whether labs can run on this machine, and what to type where they cannot."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from labs.datasets import DataSet, catalogue, locate
from labs.domain.errors import DatasetMissing, DatasetUnknown, NoSandbox
from labs.models import Lab
from labs.sandbox import choose

# Probing starts a process; what it found holds for a minute.
_PROBE_SECONDS = 60


@dataclass(frozen=True)
class Lack:
    """One thing that a lab needs and that is not here. `data_set` if a fetch would cure it."""

    message: str
    cure: str
    data_set: str | None = None


@dataclass(frozen=True)
class DataSetStatus:
    name: str
    present: bool
    detail: str
    cure: str


def lacks(lab: Lab) -> list[Lack]:
    """What keeps the lab from running here; empty when it is ready."""
    return [
        *_data_lacks(lab.data, lab.slug),
        *_sandbox_lacks(int(time.monotonic() / _PROBE_SECONDS)),
    ]


def data_sets() -> list[DataSetStatus]:
    """Every data set that labs know, and whether it is here."""
    return [_status(known) for known in catalogue()]


def _status(known: DataSet) -> DataSetStatus:
    missing = _data_lacks([known.name], known.name)
    return DataSetStatus(
        name=known.name,
        present=not missing,
        detail=f"{known.title}, {known.rows}" if not missing else f"not here: {known.described}",
        cure=missing[0].cure if missing else "",
    )


def _data_lacks(names: Sequence[str], asked: str) -> list[Lack]:
    found = []
    for name in names:
        try:
            locate(name, settings.DATA_DIR, asked=asked)
        except DatasetMissing as missing:
            found.append(Lack(missing.message, missing.cure, data_set=name))
        except DatasetUnknown as unknown:
            found.append(Lack(unknown.message, unknown.cure))
    return found


@lru_cache(maxsize=2)
def _sandbox_lacks(period: int) -> tuple[Lack, ...]:
    try:
        choose()
    except NoSandbox as none:
        return (Lack(none.message, none.cure),)
    return ()
