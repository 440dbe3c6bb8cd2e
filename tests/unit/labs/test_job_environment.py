"""What a job finds in its environment."""

import subprocess
import sys
from pathlib import Path

import pytest

from labs.domain.jobs import Job, Limits
from labs.sandbox.environment import KEEPS_MEMORY, environment
from labs.sandbox.interpreter import this_interpreter

NOWHERE = Path("/nowhere")
ROUNDS, BYTES = 20, 48 * 2**20
# Of ordinary pages: one huge page is one fault for 2 MiB (prctl 41 turns them off).
TAKES_AND_FREES = f"""
import ctypes, resource
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)
for _ in range({ROUNDS}):
    bytearray(b"x") * {BYTES}
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize())
"""


def asked_of_the_system(variables: dict[str, str]) -> int:
    """Bytes that a program was given anew while it took and freed."""
    command = [sys.executable, "-c", TAKES_AND_FREES]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not KEEPS_MEMORY, reason="malloc is not that of glibc 2.36 or newer")
def test_memory_that_a_job_frees_is_there_when_it_asks_again() -> None:
    limits = Limits(60, 60, 1000, 100, 16)
    job = Job("1", "train", NOWHERE, "solution", NOWHERE, NOWHERE, "cpu", 0, limits)
    kept = environment(job, this_interpreter(), home=NOWHERE, code=NOWHERE)
    without = {name: value for name, value in kept.items() if name not in KEEPS_MEMORY}
    assert asked_of_the_system(without) > ROUNDS * BYTES
    assert asked_of_the_system(kept) < ROUNDS / 2 * BYTES
