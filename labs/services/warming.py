"""Which sandboxes a worker keeps warm: those of the lab whose run is likely to come next."""

import ast
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from labs.datasets import locate_all
from labs.domain.errors import LabsError
from labs.domain.exercise import Device
from labs.domain.jobs import Job
from labs.domain.runs import State
from labs.grading import Exercise, load_exercise
from labs.models import Lab, Run
from labs.sandbox import Sandbox, choose
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.pool import Pool, WarmSandbox
from labs.sandbox.warm import Wish
from labs.services.devices import device_for
from labs.services.exercises import with_data_here
from labs.services.places import Places
from labs.services.slots import slot
from labs.services.submissions import DEFAULT_SEED

_ALWAYS = ("numpy",)
# The first optimizer that is made loads it, for 1.8 s; predict makes none.
_FOR_OPTIMIZERS = "torch._dynamo"


class WarmSandboxes:
    """The warm sandboxes of this process. None exist until `start`."""

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def start(self, places: Places, *, memory_mb: int) -> bool:
        """Begin to keep some ready, in at most so much memory; False where no tier can."""
        if self._pool is not None or not memory_mb:
            return self._pool is not None
        try:
            sandbox = choose()
        except LabsError:
            return False  # each run will say so
        if type(sandbox) is not BubblewrapSandbox:
            return False
        places.runs.mkdir(parents=True, exist_ok=True)

        def slots() -> AbstractContextManager[int]:
            return slot(places.runs)

        self._pool = Pool(sandbox, folder=places.runs, memory_mb=memory_mb, slots=slots)
        self.refill(places)
        return True

    def stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def refill(self, places: Places) -> None:
        """Called when no run is under way: starting them takes seconds of the processor."""
        if self._pool is not None:
            self._pool.want(_wishes(places))

    def ready(self, seconds: float = 0.0) -> int:
        """How many wait, after at most so many seconds."""
        return 0 if self._pool is None else self._pool.ready(seconds)

    def around(self, sandbox: Sandbox) -> Sandbox:
        """The same sandbox, taken from the warm ones where one fits."""
        if self._pool is None or type(sandbox) is not BubblewrapSandbox:
            return sandbox
        return WarmSandbox(sandbox, self._pool)


warm_sandboxes = WarmSandboxes()


def _wishes(places: Places) -> list[Wish]:
    """One sandbox for each phase; none where no lab could run."""
    for slug in _likely():
        try:
            exercise = with_data_here(load_exercise(places.exercises / slug), places.data)
            device = device_for(exercise.spec.device, choose())
            locate_all(exercise.spec.data, places.data, asked=slug)
        except LabsError:
            continue
        if exercise.spec.device is not Device.GPU and device == "cpu":
            return list(_of_lab(exercise, device))
    return []


def _likely() -> Iterator[str]:
    """Labs in the order in which the next run is likely to be theirs."""
    runs = Run.objects.values_list("lab__slug", flat=True)
    yield from runs.filter(state=State.QUEUED).order_by("pk")[:1]
    yield from runs.order_by("-pk")[:1]
    yield from Lab.objects.filter(retired_at=None).values_list("slug", flat=True)


def _of_lab(exercise: Exercise, device: str) -> Iterator[Wish]:
    imports = (*_ALWAYS, *_imported_by(exercise))
    optimizers = (_FOR_OPTIMIZERS,) if "torch" in imports else ()
    nowhere = Path("/")  # each job brings its own
    for phase in ("train", "predict"):
        job = Job(
            id=f"warm-{phase}",
            phase=phase,
            solution=nowhere,
            entry="solution",
            data=nowhere,
            model=nowhere,
            device=device,
            seed=DEFAULT_SEED,
            limits=exercise.spec.limits,
        )
        yield Wish(job, (*imports, *optimizers) if phase == "train" else imports)


def _imported_by(exercise: Exercise) -> list[str]:
    """What the lab's own solutions import beside the standard library, as learners' will.

    With the names taken out of a module: `labs.kit` loads what a name stands in when it is asked.
    """
    names: dict[str, None] = {}
    for path in (exercise.starter, exercise.baseline, exercise.reference):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= dict.fromkeys(_taken(node.module, node.names))
    return [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names]


def _taken(module: str, names: list[ast.alias]) -> Iterator[str]:
    for alias in names:
        yield module if alias.name == "*" else f"{module}.{alias.name}"
