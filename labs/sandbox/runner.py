"""Run one job to its end, with news and a way to stop it, in the caller's own thread."""

import time
from collections.abc import Callable
from typing import Any

from labs.domain.jobs import Job, JobResult
from labs.sandbox.protocol import Sandbox

_STOP_LOOK = 0.3
_NEWS_WAIT = 0.1


def run_job(
    sandbox: Sandbox,
    job: Job,
    *,
    on_event: Callable[[str, dict[str, Any]], None],
    should_stop: Callable[[], str | None],
) -> JobResult:
    """The result; the learner's failures are results, too.

    on_event(kind, data) is called, in this thread, with
        log {"line"}, metric {"step", name: number or None, ...}, progress {"done", "total"} and
        figure {"name", "svg"}: the learner's own claims and drawings, not to be trusted;
        usage {"memory_mb", "cpu_percent", "gpu_percent", "gpu_memory_mb"}: measured outside, every
        two seconds at most; those of the GPU only where the job has one, the others not in
            containers.
    should_stop is asked every 0.3 seconds for a reason to stop the job, None while there is none.
    Raises SandboxBroken or OSError where the platform failed, and whatever the two callables raise;
    the job is gone in each case.
    """
    handle = sandbox.start(job)
    try:
        next_look = 0.0
        while sandbox.status(handle) == "running":
            for event in handle.events(_NEWS_WAIT):
                on_event(event.kind, event.data)
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + _STOP_LOOK
                reason = should_stop()
                if reason is not None:
                    sandbox.stop(handle, reason)
        for event in handle.events(0):
            on_event(event.kind, event.data)
        return sandbox.collect(handle)
    finally:
        sandbox.cleanup(handle)
