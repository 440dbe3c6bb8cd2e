"""A worker that holds a sandbox, to be killed: says BEGUN when the learner's code did.

`python -m tests.sandbox.holder` reads {where, job, scratch} from one line of standard input.
"""

import json
import sys
from pathlib import Path

from labs.domain.jobs import Job
from labs.sandbox import run_job
from tests.sandbox.battery import sandbox_of


def main() -> None:
    asked = json.loads(sys.stdin.readline())

    scratch = Path(asked["scratch"])

    def tell(kind: str, data: dict[str, object]) -> None:
        if kind == "log" and "BEGUN" in str(data):
            sys.stdout.write("BEGUN\n")
        sys.stdout.flush()

    result = run_job(
        sandbox_of(asked["where"], scratch, scratch.parent / "waiting"),
        Job.from_json(asked["job"]),
        on_event=tell,
        should_stop=lambda: None,
    )
    sys.stdout.write(f"{result}\n")


if __name__ == "__main__":
    main()
