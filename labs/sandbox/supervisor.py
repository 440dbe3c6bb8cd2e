"""One job with the thread that watches it, and what became of it."""

import io
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace

from labs.domain.jobs import Job, JobError, JobResult, Status
from labs.sandbox.cage import Cage
from labs.sandbox.limits import MB
from labs.sandbox.pipes import Event, ResultReader
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.watch import Verdict, Watch

_EVENTS_WAITING = 10_000
_SAID = 2_000  # characters of a broken sandbox's own words
_SIGNALLED = 128  # exit codes above it mean a signal, to shells and to bwrap


class Supervision:
    """A handle (`protocol.Handle`).

    The job's life hangs on the thread: the kernel ends the job when the thread, or the worker that
    it belongs to, ends for whatever reason.
    """

    def __init__(self, job: Job, cage: Cage) -> None:
        self._job = job
        self._cage = cage
        self._ended: Future[JobResult] = Future()
        self._stop_reason: str | None = None
        self._waiting: deque[Event] = deque(maxlen=_EVENTS_WAITING)
        self._news = threading.Condition()
        # a daemon, so that a worker that exits does not wait for its job
        self._thread = threading.Thread(target=self._run, name=f"job-{job.id}", daemon=True)

    @property
    def job(self) -> Job:
        return self._job

    @property
    def running(self) -> bool:
        return not self._ended.done()

    def start(self) -> None:
        self._thread.start()

    def stop(self, reason: str) -> None:
        if self._stop_reason is None:
            self._stop_reason = reason

    def wait(self) -> None:
        self._thread.join()

    def result(self) -> JobResult:
        return self._ended.result()

    def events(self, timeout: float) -> list[Event]:
        with self._news:
            if not self._waiting and self.running:
                self._news.wait(timeout)
            events = list(self._waiting)
            self._waiting.clear()
        return events

    def _run(self) -> None:
        try:
            result = self._supervise()
        except BaseException as error:  # noqa: BLE001 - it is raised again in `result`
            self._ended.set_exception(error)
        else:
            self._ended.set_result(result)
        with self._news:
            self._news.notify_all()

    def _tell(self, events: Iterable[Event]) -> None:
        with self._news:
            self._waiting.extend(events)
            if self._waiting:
                self._news.notify_all()

    def _supervise(self) -> JobResult:
        if self._job.phase == "predict":
            memory = io.BytesIO()
            result = self._watch(ResultReader(memory, self._job.limits.predictions_mb * MB))
            return replace(result, predictions=memory.getvalue()) if result.ok else result
        part = self._job.model.with_name(f"{self._job.model.name}.part")
        try:
            with part.open("wb") as file:
                result = self._watch(ResultReader(file, self._job.limits.model_mb * MB))
            if result.ok:
                part.chmod(0o644)
                part.replace(self._job.model)
        finally:
            part.unlink(missing_ok=True)
        return result

    def _watch(self, reader: ResultReader) -> JobResult:
        began = time.monotonic()
        watch = Watch(
            self._job,
            self._cage,
            reader,
            tell=self._tell,
            stop_reason=lambda: self._stop_reason,
        )
        verdict, code = watch.until_the_end()
        status, error = _conclude(watch, verdict, code)
        return JobResult(
            status=status,
            error=error,
            seconds=time.monotonic() - began,
            peak_memory_mb=watch.peak_memory / MB,
            log=watch.output.text(),
        )


def _conclude(watch: Watch, verdict: Verdict | None, code: int) -> tuple[Status, JobError | None]:
    if verdict is not None:
        return verdict.status, JobError(verdict.kind, verdict.message)
    if not watch.reports.ready:
        said = watch.output.text()[-_SAID:]
        raise SandboxBroken(f"The sandbox did not start (exit code {code}): {said}")
    if not watch.reports.ended:
        return "failed", JobError("killed", _how_it_went(code))
    error = watch.reports.error
    return ("done", None) if error is None else ("failed", error)


def _how_it_went(code: int) -> str:
    number = -code if code < 0 else code - _SIGNALLED
    if number == 9:
        return "The system ended the code, most likely because the machine's memory ran out."
    if number == 11:
        return "The code crashed (segmentation fault), most likely in a compiled library."
    if number > 0:
        return f"The code was ended by signal {number}."
    return f"The code ended Python itself, with exit code {code}, before its work was done."
