"""The one place that sends work to Celery: after commit, with ids only.

A message only wakes a worker up; which run it takes is decided in the database. A message that
cannot be sent is no error here: the reconciler sends it again.
"""

from celery import current_app
from django.conf import settings
from django.db import transaction

EXECUTE_NEXT = "labs.execute_next"
FETCH_DATASET = "labs.fetch_dataset"
REGRADE = "labs.regrade"
# What a worker that listens to a queue can serve.
DEVICES = {"labs.cpu": ("cpu", "either"), "labs.gpu": ("gpu", "either")}
# A web request must not hang on a broker that is away.
_RETRY = {"max_retries": 1, "interval_start": 0.1}


def run_queues(device: str) -> tuple[str, ...]:
    """Where a run is announced. One that takes either device wakes a worker of both kinds up, where
    GPU workers are part of the site: nobody would ever take the messages otherwise."""
    both = ("labs.cpu", "labs.gpu") if settings.GPU_WORKERS else ("labs.cpu",)
    return {"cpu": ("labs.cpu",), "gpu": ("labs.gpu",), "either": both}[device]


def send_run_after_commit(run_id: int, device: str) -> None:
    for queue in run_queues(device):
        _after_commit(EXECUTE_NEXT, queue, run_id=run_id)


def send_regrading_after_commit(regrading_id: int) -> None:
    _after_commit(REGRADE, "default", regrading_id=regrading_id)


def send_fetch_after_commit(slug: str) -> None:
    _after_commit(FETCH_DATASET, "default", slug=slug)


def _after_commit(task: str, queue: str, **ids: int | str) -> None:
    def send() -> None:
        current_app.send_task(task, kwargs=ids, queue=queue, retry=True, retry_policy=_RETRY)

    transaction.on_commit(send, robust=True)
