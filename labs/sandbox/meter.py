"""What a job uses, as news for those who follow it: measured outside, no claim of its."""

from labs.domain.jobs import Job
from labs.sandbox.gpu_usage import GpuMeter
from labs.sandbox.limits import MB
from labs.sandbox.pipes import Event
from labs.sandbox.usage import Usage

GAP = 2.0  # seconds between two events at least
# Long jobs tell more rarely: after an hour each twelve seconds, so that a day's job has some 1,700.
_GAPS = 300


class Meter:
    """Makes an event of what was measured, now and then."""

    def __init__(self, job: Job) -> None:
        self._gpus = GpuMeter() if job.device == "cuda" else None
        self._began: float | None = None
        self._at = 0.0
        self._cpu = 0.0

    def event(self, usage: Usage, now: float) -> Event | None:
        """kind `usage`: `memory_mb`, `cpu_percent` (100 is one core), and those of GpuMeter.

        None where the last one is too recent; the first call is where counting begins.
        """
        if self._began is None:
            self._began = self._at = now
            self._cpu = usage.cpu_seconds
            return None
        spent = now - self._at
        if spent < max(GAP, (now - self._began) / _GAPS):
            return None
        # Processes that ended unseen take their time with them.
        percent = max(0.0, usage.cpu_seconds - self._cpu) / spent * 100
        self._at, self._cpu = now, usage.cpu_seconds
        data = {"memory_mb": round(usage.memory / MB, 1), "cpu_percent": round(percent, 1)}
        return Event("usage", data | (self._gpus.read() if self._gpus else {}))
