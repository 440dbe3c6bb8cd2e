"""Hold one job to its limits: the loop that reads its pipes and decides when it has to end."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labs.domain.jobs import Job, Status
from labs.sandbox import limits
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.intake import Intake
from labs.sandbox.limits import MB
from labs.sandbox.meter import Meter
from labs.sandbox.pipes import Event, EventReader, OutputReader, ResultReader

_LOOK = 0.05  # seconds between two looks at whether the job ended or has to
_OWN_PROCESSES = 2  # of a tier itself, counted with the job's
_LAST_WORDS = 1.0  # seconds for what is still in the pipes of a job that was ended


@dataclass(frozen=True)
class Verdict:
    """Why a job had to be ended."""

    status: Status
    kind: str
    message: str


class Watch:
    """Runs once, in the thread that the job's life hangs on.

    tell takes events as they come; stop_reason says whether somebody wants the job's end.
    """

    def __init__(
        self,
        job: Job,
        cage: Cage,
        result: ResultReader,
        *,
        tell: Callable[[Iterable[Event]], None],
        stop_reason: Callable[[], str | None],
    ) -> None:
        self.output = OutputReader()
        self.reports = EventReader()
        self.peak_memory = 0
        self._job = job
        self._seconds = job.limits.seconds(job.phase)
        self._cage = cage
        self._result = result
        self._tell = tell
        self._stop_reason = stop_reason
        self._intake = Intake()
        self._began = False
        self._meter = Meter(job)

    def until_the_end(self) -> tuple[Verdict | None, int]:
        """The reason for ending the job, None where it ended by itself; and its exit code."""
        ends_at = time.monotonic() + self._seconds
        verdict: Verdict | None = None
        try:
            process = self._start(ends_at)
            next_usage = 0.0
            while verdict is None and not self._is_over(process):
                self._read(_LOOK)
                now = time.monotonic()
                verdict = self._judge_wishes(now, ends_at) or self._judge_streams()
                if verdict is None and now >= next_usage:
                    next_usage = now + limits.POLL_SECONDS
                    verdict = self._judge_usage()
            if verdict is None:
                verdict = self._judge_usage()  # a short job's only look at its peak
        finally:
            self._cage.kill()
            self._cage.close()
        code = process.wait()
        self._read_last_words()
        return verdict or self._judge_streams(), code

    def _start(self, ends_at: float) -> "subprocess.Popen[bytes]":
        writing = []
        for reader in (self.output, self.reports, self._result):
            reading, end = os.pipe()
            writing.append(end)
            self._intake.add(reading, reader)
        try:
            return self._cage.start(ChildEnds(*writing), ends_at)
        except BaseException:
            self._intake.close()
            raise
        finally:
            for end in writing:
                os.close(end)

    def _is_over(self, process: "subprocess.Popen[bytes]") -> bool:
        complete = self._result.closed or self._result.total >= self.reports.size
        if self.reports.ended and complete:
            return True
        # not the pipes' end: what a dead harness left behind may hold them open
        return process.poll() is not None

    def _read(self, timeout: float, *, rest: bool = True) -> bool:
        """Read what is there. False where nothing was."""
        something = False
        for reader, data, now in self._intake.read(timeout, rest=rest):
            something = True
            self._tell(reader.feed(data, now))
        if self.reports.ready and not self._began:
            self._began = True
            self._cage.began()
        return something

    def _read_last_words(self) -> None:
        until = time.monotonic() + _LAST_WORDS
        while self._intake.open and time.monotonic() < until:
            if self._judge_streams() or not self._read(0, rest=False):
                break
        self._intake.close()
        self._tell(self.reports.finish())
        self._tell(self.output.finish())

    def _judge_wishes(self, now: float, ends_at: float) -> Verdict | None:
        reason = self._stop_reason()
        if reason is not None:
            return Verdict("stopped", "stopped", reason)
        if now >= ends_at:
            took = f"{self._job.phase} took longer than {self._seconds:g} seconds."
            return Verdict("timed_out", "out_of_time", took)
        return None

    def _judge_usage(self) -> Verdict | None:
        allowed = self._job.limits.memory_mb
        usage = self._cage.usage(allowed * MB)
        self.peak_memory = max(self.peak_memory, usage.memory)
        if self._began and (event := self._meter.event(usage, time.monotonic())):
            self._tell([event])
        if usage.memory > allowed * MB:
            used = f"The code used more than {allowed} MB of memory (temporary files count)."
            return Verdict("failed", "out_of_memory", used)
        if usage.disk > self._job.limits.disk_mb * MB:
            kept = f"The code kept more than {self._job.limits.disk_mb} MB of files."
            return Verdict("failed", "disk_full", kept)
        if usage.processes > self._job.limits.processes + _OWN_PROCESSES:
            most = self._job.limits.processes
            ran = f"The code ran more than {most} processes and threads at once."
            return Verdict("failed", "too_many_processes", ran)
        if usage.files > limits.FILES:
            made = f"The code made more than {limits.FILES} files."
            return Verdict("failed", "too_many_files", made)
        return None

    def _judge_streams(self) -> Verdict | None:
        if self.output.flooded or self.reports.flooded:
            drained = (limits.OUTPUT_KEPT + limits.OUTPUT_DRAINED) // MB
            printed = f"The code printed or logged more than {drained} MB."
            return Verdict("failed", "too_much_output", printed)
        if self._result.flooded and self._job.phase == "train":
            size = f"The model is larger than {self._job.limits.model_mb} MB."
            return Verdict("failed", "model_too_large", size)
        if self._result.flooded:
            size = f"The predictions are larger than {self._job.limits.predictions_mb} MB."
            return Verdict("failed", "bad_predictions", size)
        return None
