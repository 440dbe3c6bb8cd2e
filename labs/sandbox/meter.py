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

        Where the tier measures nothing, those of GpuMeter alone. None where there is nothing to
        tell, or the last one is too recent; the first call is where counting begins.
        """
        cpu = usage.cpu_seconds
        if self._began is None:
            self._began = self._at = now
            self._cpu = cpu or 0.0
            return None
        spent = now - self._at
        if spent < max(GAP, (now - self._began) / _GAPS):
            return None
        self._at = now
        data = dict(self._gpus.read()) if self._gpus else {}
        if cpu is not None:
            # Processes that ended unseen take their time with them.
            percent = max(0.0, cpu - self._cpu) / spent * 100
            self._cpu = cpu
            data |= {"memory_mb": round(usage.memory / MB, 1), "cpu_percent": round(percent, 1)}
        return Event("usage", data) if data else None
