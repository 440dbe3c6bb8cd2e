"""`manage.py run_lab SLUG FILE`: one graded run, without server and without database."""

import json
import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs import services
from labs.domain.errors import LabsError
from labs.domain.exercise import Device
from labs.domain.jobs import JobError
from labs.domain.outcome import RunOutcome
from labs.domain.refusals import UploadRefused
from labs.domain.runs import GRADED, State
from labs.domain.uploads import LARGEST_UPLOAD, Solution, Upload, read_upload
from labs.sandbox import SandboxBroken
from studyhub.base.words import decimals

PASSED, NOT_PASSED, NOT_GRADED = 0, 1, 2


class Command(BaseCommand):
    help = "Trains, predicts and grades one file; exit 0 passed, 1 not passed, 2 not graded."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the lab, for example mnist-baseline")
        parser.add_argument("file", metavar="FILE", type=Path, help="solution.py, .ipynb or .zip")
        parser.add_argument("--json", action="store_true", help="print one JSON object only")
        parser.add_argument("--cpu", action="store_true", help="leave a GPU alone")
        parser.add_argument("--seed", type=_seed, default=services.DEFAULT_SEED, metavar="N")
        parser.add_argument(
            "--limit", type=_seconds, metavar="SECONDS", help="give train less time than the lab"
        )
        parser.add_argument(
            "--trust", action="store_true", help="run your own code without a sandbox"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        show = _Silent() if options["json"] else _Terminal()
        stop = _Interrupt()
        slug, seed = options["slug"], options["seed"]
        try:
            order = services.Order(
                name=f"local-{os.getpid()}",
                slug=slug,
                solution=_read(options["file"]),
                seed=seed,
                device=Device.CPU if options["cpu"] else None,
                limit=options["limit"],
                trust=options["trust"],
            )
            show.dropped(order.solution)
            outcome = services.execute(
                order,
                services.Places.of_this_site(),
                on_phase=show.phase,
                on_event=show.event,
                should_stop=stop.reason,
            )
        except UploadRefused as refused:
            error = JobError(refused.reason, refused.message, refused.cure)
            outcome = RunOutcome(State.ERRORED, error=error)
        except LabsError as lack:
            error = JobError(lack.kind.replace("-", "_"), lack.message, lack.cure)
            outcome = RunOutcome(State.ERRORED, error=error)
        except (SandboxBroken, OSError) as failed:
            # Raised further it would end Python with 1, which here means graded and not passed.
            error = JobError("platform", f"This machine could not carry the run out: {failed}")
            outcome = RunOutcome(State.ERRORED, error=error)
        if options["json"]:
            print(json.dumps(outcome.to_json(lab=slug, seed=seed), ensure_ascii=False))
        else:
            show.outcome(outcome)
        sys.exit(_exit_code(outcome))


def _exit_code(outcome: RunOutcome) -> int:
    if outcome.state not in GRADED:
        return NOT_GRADED
    return PASSED if outcome.state is State.PASSED else NOT_PASSED


def _read(path: Path) -> Solution:
    """Raises UploadRefused, or CommandError where there is no such file."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_UPLOAD + 1)
    except OSError as problem:
        raise CommandError(
            f"{path} cannot be read: {problem.strerror}.", returncode=NOT_GRADED
        ) from problem
    return read_upload(Upload(path.name, content))


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**31:
        raise ArgumentTypeError("a whole number from 0 to 2147483647")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ArgumentTypeError("a number of seconds above 0")
    return seconds


class _Interrupt:
    """Ctrl-C and TERM stop the sandbox first; a second one ends the command."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _: object) -> None:
        self._asked = True
        signal.signal(number, signal.SIG_DFL)

    def reason(self) -> str | None:
        return "cancelled" if self._asked else None


class _Silent:
    """With --json nothing but the object is printed."""

    def dropped(self, solution: Solution) -> None: ...

    def phase(self, state: State) -> None: ...

    def event(self, kind: str, data: dict[str, Any]) -> None: ...

    def outcome(self, outcome: RunOutcome) -> None: ...


class _Terminal(_Silent):
    def __init__(self) -> None:
        self._bar = False

    def dropped(self, solution: Solution) -> None:
        for line in solution.dropped:
            print(f"left out, cell {line.cell}: {line.line}")

    def phase(self, state: State) -> None:
        self._line(f"{state} ...")

    def event(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "log":
            self._line(f"  {data.get('line', '')}")
        elif kind == "metric":
            self._line("  " + "  ".join(f"{name} {_short(value)}" for name, value in data.items()))
        elif kind == "progress" and sys.stdout.isatty():
            print(f"\r  {_short(data.get('done'))} of {_short(data.get('total'))}   ", end="")
            self._bar = True

    def outcome(self, outcome: RunOutcome) -> None:
        seconds = ", ".join(f"{name} {value:.1f} s" for name, value in outcome.seconds.items())
        if outcome.state in GRADED:
            metrics = ", ".join(
                f"{name} {decimals(value, 4)}" for name, value in outcome.metrics.items()
            )
            asked = ", ".join(
                f"{name} {outcome.thresholds[name]:g}"
                for name in ("pass", "good", "excellent")
                if name in outcome.thresholds
            )
            self._line(f"{str(outcome.grade).capitalize()}: {metrics}; score {outcome.score:g}")
            self._line(f"asked: {asked}")
            if outcome.variant:
                self._line(f"graded with: {outcome.variant}")
        elif outcome.error is not None:
            self._line(f"{outcome.state.replace('_', ' ')}: {outcome.error.message}")
            if outcome.error.detail:
                self._line(outcome.error.detail)
        else:
            self._line(outcome.state.replace("_", " "))
        where = f" in {outcome.sandbox}" if outcome.sandbox else ""
        if seconds:
            self._line(f"{seconds}{where}")

    def _line(self, text: str) -> None:
        if self._bar:
            print()
            self._bar = False
        print(text, flush=True)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)
