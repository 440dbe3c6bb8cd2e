"""What a job finds in its environment."""

import subprocess
import sys
from pathlib import Path

import pytest

from labs.domain.jobs import Job, Limits
from labs.sandbox.environment import environment
from labs.sandbox.interpreter import this_interpreter

NOWHERE = Path("/nowhere")
ROUNDS, BYTES = 20, 32 * 2**20
TAKES_AND_FREES = f"""
import resource
for _ in range({ROUNDS}):
    bytearray(b"x") * {BYTES}
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="about glibc")
def test_memory_that_a_job_frees_is_there_when_it_asks_again() -> None:
    limits = Limits(60, 60, 1000, 100, 16)
    job = Job("1", "train", NOWHERE, "solution", NOWHERE, NOWHERE, "cpu", 0, limits)
    variables = environment(job, this_interpreter(), home=NOWHERE, code=NOWHERE)
    done = subprocess.run(
        [sys.executable, "-c", TAKES_AND_FREES],
        env=variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < ROUNDS / 2 * BYTES
