"""`make bench`: times what people wait for, prints a table and writes var/bench.json.

Medians of several runs, on whatever machine this is; a figure is compared by a person, never
asserted by a test.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from content.format.course import load_course
from labs.sandbox import choose
from quizzes.domain.events import ReviewEvent
from quizzes.domain.fold import fold
from quizzes.domain.intake import read_event
from tests.benchmarks import (
    cards,
    containment,
    fastai_side,
    fit,
    intake,
    lab_faults,
    labs,
    plans,
    recall,
    statistics_page,
)
from tests.sandbox.lab import SmallLab
from tests.site import ROOT, running_site

PARTS = (
    *(cards, containment, fastai_side, fit, intake, labs, lab_faults, plans, recall),
    statistics_page,
)


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    runs: int


def median_of(runs: int, work: Callable[[], object]) -> float:
    """Seconds, after one run that does not count."""
    work()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def figures(folder: Path) -> Iterator[Figure]:
    events = history(20)
    yield Figure("fold of 20 reviews", median_of(200, lambda: fold(events)) * 1e6, "us", 200)
    yield from (Figure(*row, 1) for part in PARTS for row in part.for_the_table())
    course = ROOT / "content" / "course"
    yield Figure("read and check the course", median_of(5, lambda: load_course(course)), "s", 5)
    lab = SmallLab(folder / "lab", choose())
    yield Figure(
        "sandboxed job that does nothing", median_of(9, lambda: lab.train("return 1")), "s", 9
    )
    home = folder / "home"
    home.mkdir()
    yield Figure("first `make up`, installed", start(home), "s", 1)
    yield Figure("later `make up`", statistics.median(start(home) for _ in range(3)), "s", 3)


def history(count: int) -> list[ReviewEvent]:
    """One card reviewed every few days, with a lapse now and then."""
    first = datetime(2026, 1, 1, 9, tzinfo=UTC)
    rows = [
        {
            "id": str(UUID(int=number + 1)),
            "device": str(UUID(int=1)),
            "seq": number,
            "kind": "review",
            "prompt": "c04-l2-distance",
            "at": (first + timedelta(days=3 * number)).isoformat().replace("+00:00", "Z"),
            "tz": "UTC",
            "rollover": 4,
            "rating": 1 if number % 7 == 6 else 3,
            "duration_ms": 4_000,
            "version": 1,
        }
        for number in range(count)
    ]
    return [read_event(row, received=datetime(2027, 1, 1, tzinfo=UTC)) for row in rows]


def start(home: Path) -> float:
    """Seconds from typing `make up` to the printed link."""
    begun = time.perf_counter()
    with running_site(home):
        return time.perf_counter() - begun


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="studyhub-bench-") as folder:
        Path(folder).chmod(0o755)
        measured = []
        for figure in figures(Path(folder)):
            measured.append(figure)
            sys.stdout.write(f"{figure.name:44}{figure.value:12.4f} {figure.unit}\n")
            sys.stdout.flush()
    out = ROOT / "var" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([asdict(figure) for figure in measured], indent=1))
    sys.stdout.write(f"written to {out.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
