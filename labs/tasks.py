"""Celery's way in: ids and queue names become one service call."""

import threading
from datetime import timedelta
from typing import Any

from celery import Task, current_app, shared_task
from celery.signals import worker_process_init, worker_ready
from django.conf import settings
from django.db import close_old_connections, connection

from labs import services
from labs.grading.early_imports import early_imports
from labs.queue import DEVICES, EXECUTE_NEXT, FETCH_DATASET, REGRADE
from labs.services.warming import warm_sandboxes
from studyhub.base.clock import now

# Above every lab's own limits, which the sandbox holds; this ends a worker that hangs itself.
_HARD_SECONDS = 5 * 3600


@shared_task(name=EXECUTE_NEXT, bind=True, time_limit=_HARD_SECONDS)
def execute_next(self: Task, run_id: int | None = None) -> None:
    """Takes the next run by turn, which need not be `run_id`: that one only woke us up."""
    queue = (self.request.delivery_info or {}).get("routing_key", "labs.cpu")
    services.execute_next(devices=DEVICES.get(queue, DEVICES["labs.cpu"]), clock=now)


@shared_task(name="labs.reconcile")
def reconcile() -> None:
    services.reconcile(now=now())


@shared_task(name=FETCH_DATASET)
def fetch_dataset(slug: str) -> None:
    services.run_fetch(slug, clock=now)


@shared_task(name=REGRADE)
def regrade(regrading_id: int) -> None:
    services.carry_out_regrading(regrading_id, clock=now)


@shared_task(name="labs.tend")
def tend() -> None:
    services.tend(now=now())


@worker_ready.connect
def take_back_interrupted_runs(**_: Any) -> None:
    """A worker that starts again waits neither for the leases of the one before it nor for
    messages that one may have taken with it."""
    services.reconcile(now=now(), patience=timedelta(0))
    runs = services.Places.of_this_site().runs
    services.pack_missing(runs, now=now())
    services.sweep(runs)
    close_old_connections()


@worker_process_init.connect
def warm_up(**_: Any) -> None:
    """In the process that carries runs out, in threads: Celery gives a process four seconds to
    start, and a run may come at once."""
    if DEVICES.keys() & current_app.amqp.queues.consume_from.keys():
        threading.Thread(target=_start_warming, name="warm-up", daemon=True).start()
        early_imports.start()


def _start_warming() -> None:
    try:
        warm_sandboxes.start(services.Places.of_this_site(), memory_mb=settings.WARM_SANDBOXES_MB)
    finally:
        connection.close()
