"""What a job used is told every now and then."""

import itertools
from pathlib import Path

from labs.domain.jobs import Job, Limits
from labs.sandbox.meter import GAP, Meter
from labs.sandbox.usage import Usage

NOWHERE = Path("/")
LIMITS = Limits(1, 1, 100, 10, 10)
MB = 1 << 20


def job(device: str = "cpu") -> Job:
    return Job("1", "train", NOWHERE, "solution", NOWHERE, NOWHERE, device, 0, LIMITS)


def used(memory_mb: float, cpu: float) -> Usage:
    return Usage(int(memory_mb * MB), 1, 0, cpu_seconds=cpu)


def test_what_was_used_before_the_job_came_is_not_its_own():
    meter = Meter(job())
    assert meter.event(used(50, 8.0), 100.0) is None
    event = meter.event(used(64, 11.0), 102.0)
    assert event is not None
    assert (event.kind, event.data) == ("usage", {"memory_mb": 64.0, "cpu_percent": 150.0})


def test_it_is_told_every_two_seconds_at_most_and_more_rarely_in_long_jobs():
    meter = Meter(job())
    told = [at for n in range(5 * 3_600 * 5) if meter.event(used(1, at := n / 5), at)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(told)]
    assert min(gaps) >= GAP
    assert told[0] == GAP
    assert len(told) < 2_000
    assert gaps[-1] > 50


def test_processes_that_vanish_do_not_make_use_negative():
    meter = Meter(job())
    meter.event(used(1, 8.0), 0.0)
    event = meter.event(used(1, 2.0), 3.0)
    assert event is not None
    assert event.data["cpu_percent"] == 0


def test_where_a_tier_measures_nothing_no_zeros_are_told():
    meter = Meter(job())
    nothing = Usage(0, 0, 0, cpu_seconds=None)
    assert [meter.event(nothing, float(at)) for at in range(0, 60, 5)] == [None] * 12


def test_a_container_says_of_its_gpu_what_the_driver_tells(monkeypatch):
    meter = Meter(job("cuda"))
    assert meter._gpus is not None
    monkeypatch.setattr(meter._gpus, "read", lambda: {"gpu_percent": 93.0})
    nothing = Usage(0, 0, 0, cpu_seconds=None)
    meter.event(nothing, 0.0)
    event = meter.event(nothing, 3.0)
    assert event is not None
    assert event.data == {"gpu_percent": 93.0}


def test_a_job_for_a_gpu_where_there_is_no_driver_tells_the_rest():
    meter = Meter(job("cuda"))
    meter.event(used(1, 0.0), 0.0)
    event = meter.event(used(1, 1.0), 2.0)
    assert event is not None
    assert {"memory_mb", "cpu_percent"} <= event.data.keys()
