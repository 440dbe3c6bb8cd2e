"""Runs in any state, with what they told, as rows: for tests of pages, which need no training."""

import base64
import json
import math
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Q

from labs.domain.grades import Direction, Thresholds
from labs.domain.runs import FINAL, State
from labs.models import Grade, Lab, Run, RunEvent, Submission
from labs.services.writes import move, write
from studyhub.accounts.models import User
from studyhub.base import clock

DIGITS = tuple("0123456789")
BAR = Thresholds("accuracy", Direction.HIGHER, 0.1, 0.96, 0.985, 0.991, 1.0)
SPREAD = [
    {"file": "baseline.py", "seeds": 3, "mean": 0.809, "sd": 0.007},
    {"file": "reference.py", "seeds": 3, "mean": 0.9939, "sd": 0.0006},
]
CODE = """\
def train(data, run):
    for step in range({steps}):
        run.log(step=step, train=1 / (step + 1))
    return None


def predict(model, inputs, run):
    return [3] * len(inputs)
"""
# One grey pixel; what is in it matters to no page.
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
        "0000000a49444154789c6368000000820081dd436af40000000049454e44ae426082"
    )
).decode()
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="M2 2h9v9z"/></svg>'


def make_lab(slug: str = "ten-digits", **more: Any) -> Lab:
    """A lab that needs no data set, so that its form is open."""
    fields = {
        "title": "Ten digits",
        "chapter": 4,
        "summary": "Tell ten digits apart.",
        "starter": CODE.format(steps=1),
        "limits": {"train_seconds": 300, "predict_seconds": 60, "memory_mb": 2000},
        "thresholds": BAR.to_json(),
        "spread": SPREAD,
        "updated_at": clock.now(),
    }
    lab, _ = Lab.objects.update_or_create(slug=slug, defaults={**fields, **more})
    return lab


def make_run(user: User, lab: Lab, state: State, *, code: str | None = None, **more: Any) -> Run:
    """A run that stands in `state`; live ones are held under a lease that lasts for a day."""
    now = clock.now()
    count = Run.objects.count()
    submission = Submission.objects.create(
        user=user,
        lab=lab,
        filename=more.pop("filename", "solution.py"),
        content=(code or CODE.format(steps=count + 1)).encode(),
        sha256=f"{hash(code) if code else count:064x}"[-64:],
        dropped=more.pop("dropped", []),
        created_at=now,
    )
    fields: dict[str, Any] = {"created_at": now, "sent_at": now}
    if state in FINAL:
        fields |= {"finished_at": now, "claimed_at": now}
    elif state is not State.QUEUED:
        fields |= {
            "attempt": 1,
            "attempt_id": uuid4(),
            "worker": "elsewhere:1:1",
            "lease_until": now + timedelta(days=1),
            "claimed_at": now,
        }
    run = Run.objects.create(
        submission=submission, user=user, lab=lab, state=state, **{**fields, **more}
    )
    tell(run, "state", {"state": str(state)})
    return run


def tell(run: Run, kind: str, data: dict[str, Any]) -> None:
    """Adds one event, as a worker does."""
    Run.objects.filter(pk=run.pk).update(last_seq=run.last_seq + 1)
    run.refresh_from_db(fields=("last_seq",))
    RunEvent.objects.create(run=run, seq=run.last_seq, at=clock.now(), kind=kind, data=data)


def learn(run: Run, steps: int = 30, *, floor: float = 0.2) -> None:
    """Curves as a training loop logs them, with its lines, and what the sandbox measured."""
    for step in range(1, steps + 1):
        loss = floor + math.exp(-step / 6)
        tell(run, "log", {"line": f"step {step} loss {loss:.3f}\n"})
        point = {"step": step, "train": loss, "valid": loss + 0.05, "accuracy": 1 - loss / 2}
        tell(run, "metric", point)


def give_grade(run: Run, value: float, *, labels_only: bool = False, flagged: str = "") -> Grade:
    grade = BAR.grade(value)
    return Grade.objects.create(
        run=run,
        grade=str(grade),
        score=BAR.score(value),
        metrics={"accuracy": value},
        thresholds=BAR.to_json(),
        hidden={"feedback": 500, "final": 1000},
        feedback=feedback(labels_only=labels_only),
        flagged=flagged,
        graded_at=clock.now(),
    )


def graded_run(user: User, lab: Lab, value: float, **more: Any) -> Run:
    of_grade = {name: more.pop(name) for name in ("labels_only", "flagged") if name in more}
    state = State.PASSED if BAR.grade(value).passed else State.FAILED
    seconds = {"train": 47.0, "predict": 0.1, "total": 49.0}
    run = make_run(user, lab, state, **{"seconds": seconds, "log": "trained\n", **more})
    give_grade(run, value, **of_grade)
    return run


def feedback(*, labels_only: bool = False) -> dict[str, Any]:
    """Ten classes of fifty, where 7 is called 2 nine times and 4 is called 9 thirty times."""
    matrix = [[50 if i == j else 0 for j in range(10)] for i in range(10)]
    matrix[7][7], matrix[7][2] = 41, 9
    matrix[4][4], matrix[4][9] = 20, 30
    bins = [
        {"from": 0.82, "to": 0.91, "examples": 60, "confidence": 0.87, "accuracy": 0.71},
        {"from": 0.91, "to": 1.0, "examples": 440, "confidence": 0.97, "accuracy": 0.95},
    ]
    sure = None if labels_only else 0.97
    pairs = [("4", "9", 30), ("7", "2", 9)]
    return {
        "examples": 500,
        "mistakes": 39,
        "confusion": {"labels": list(DIGITS), "matrix": matrix},
        "most_confused": [{"actual": a, "predicted": p, "count": n} for a, p, n in pairs],
        "worst": [
            {"actual": a, "predicted": p, "confidence": sure, "picture": PIXEL} for a, p, _ in pairs
        ],
        "calibration": None if labels_only else bins,
    }


def cast() -> dict[str, int]:
    """The first account's runs of a lab, one in each state that a page shows; ids by name."""
    owner, lab = User.objects.order_by("pk")[0], make_lab()
    for number, value in enumerate((0.9931, 0.9931, 0.97, 0.93, 0.88)):
        classmate = User.objects.create_user(f"mate-{number}-{uuid4().hex[:4]}")
        graded_run(classmate, lab, value)
    runs = {
        "failed": graded_run(owner, lab, 0.91, labels_only=True),
        "passed": graded_run(
            owner,
            lab,
            0.9868,
            filename="notebook-of-mine.ipynb",
            code=json.dumps({"cells": [{"cell_type": "code", "source": CODE.format(steps=99)}]}),
            dropped=[{"cell": 1, "line": "%matplotlib inline"}],
        ),
        "flagged": graded_run(owner, lab, 0.9999, flagged="better than what is possible"),
        "errored": make_run(
            owner,
            lab,
            State.ERRORED,
            error={
                "kind": "raised",
                "message": "ZeroDivisionError: division by zero",
                "detail": 'File "solution.py", line 3, in train\n    1 / 0\nZeroDivisionError',
            },
            log="begun\n",
        ),
        "timed_out": make_run(owner, lab, State.TIMED_OUT),
        "cancelled": make_run(owner, lab, State.CANCELLED),
        "training": make_run(owner, lab, State.TRAINING, progress={"done": 30, "total": 60}),
    }
    for name in ("failed", "passed", "training"):
        learn(runs[name], floor=0.3 if name == "failed" else 0.1)
    tell(runs["passed"], "figure", {"name": "weights", "svg": DRAWING})
    return {name: run.pk for name, run in runs.items()}


def obey() -> None:
    """Does what each line of standard input asks, in JSON, and answers each with its ids."""
    for line in sys.stdin:
        order = json.loads(line)
        answer = cast() if order["do"] == "cast" else _done(order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _done(order: dict[str, Any]) -> dict[str, int]:
    if order["do"] == "begin":
        owner = User.objects.order_by("pk")[0]
        return {"run": make_run(owner, make_lab(), State.TRAINING).pk}
    run = Run.objects.get(pk=order["run"])
    if order["do"] == "tell":
        for kind, data in order["events"]:
            tell(run, kind, data)
    elif order["do"] == "progress":
        write(run.pk, where=Q(), progress=order["data"])
        tell(run, "progress", order["data"])
    elif order["do"] == "pass":
        give_grade(run, order["value"])
        for state in (State.PREDICTING, State.GRADING, State.PASSED):
            move(run.pk, state, now=clock.now())
    return {"run": run.pk}
