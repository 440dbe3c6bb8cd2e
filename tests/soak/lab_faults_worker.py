"""The site's Celery worker, which can be made to stand still in a state of a run.

While `$STUDYHUB_HOME/holds/RUN-STATE` exists, a worker that has just taken that run to that state
waits, and says so by `RUN-STATE.reached`. While `holds/queue` exists no worker claims anything.
The state `unwritten` is the moment before the grade is written, `ending` the one between that and
its commit.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

HOLDS = Path(os.environ["STUDYHUB_HOME"]) / "holds"
LONGEST = 30.0  # seconds


def stand_still(name: str) -> None:
    gate = HOLDS / name
    if gate.exists():
        gate.with_suffix(".reached").touch()
    until = time.monotonic() + LONGEST
    while gate.exists() and time.monotonic() < until:
        time.sleep(0.02)


def main() -> None:
    django.setup()
    from labs.domain.runs import FINAL  # noqa: PLC0415 - apps are loaded only now
    from labs.services import claims  # noqa: PLC0415
    from studyhub.celery import app  # noqa: PLC0415

    def before_a_claim(claim_next: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(**named: Any) -> Any:
            stand_still("queue")
            claim = claim_next(**named)
            if claim is not None:
                stand_still(f"{claim.run_id}-claimed")
            return claim

        return wrapped

    def after_a_step(enter: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(claim: Any, state: str, **named: Any) -> None:
            enter(claim, state, **named)
            stand_still(f"{claim.run_id}-{state}")

        return wrapped

    def before_the_end(finish: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(claim: Any, *given: Any, **named: Any) -> None:
            stand_still(f"{claim.run_id}-unwritten")
            finish(claim, *given, **named)

        return wrapped

    def within_the_last(move: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(run_id: int, to: Any, **named: Any) -> Any:
            moved = move(run_id, to, **named)
            if moved and to in FINAL:
                stand_still(f"{run_id}-ending")
            return moved

        return wrapped

    claims.claim_next = before_a_claim(claims.claim_next)
    claims.enter = after_a_step(claims.enter)
    claims.finish = before_the_end(claims.finish)
    claims.move = within_the_last(claims.move)
    app.worker_main(sys.argv[1:])


if __name__ == "__main__":
    main()
