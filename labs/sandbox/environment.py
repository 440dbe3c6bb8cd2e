"""The environment variables of a job: nothing of the worker's own."""

import os
import platform
from pathlib import Path

from labs.domain.jobs import Job
from labs.sandbox.interpreter import Interpreter

# Since when glibc takes a threshold above 32 MiB is not documented: this version does, and one that
# refused it would be slower than without.
_OLDEST_GLIBC = (2, 36)


def _keeps_memory() -> dict[str, str]:
    """Freed memory stays with the process, where malloc is glibc's; numbers in bytes.

    Given back after each layer and asked for again page by page, it cost over 40 % of the time of
    a network for photos (docs/adr/0069).
    """
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(map(int, version.split("."))) < _OLDEST_GLIBC:
        return {}
    return {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**28)}


KEEPS_MEMORY = _keeps_memory()


def environment(job: Job, python: Interpreter, *, home: Path, code: Path) -> dict[str, str]:
    threads = str(min(_cores(), job.limits.processes))
    variables = {
        "PATH": f"{python.executable.parent}:/usr/bin:/bin",
        "PYTHONPATH": str(code),
        "PYTHONHASHSEED": str(job.seed % 2**32),
        "LD_LIBRARY_PATH": python.library_path,
        "HOME": str(home),
        "TMPDIR": str(home),
        "USER": "learner",
        "LOGNAME": "learner",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        # Waiting threads sleep: spinning ones made training five times slower on a busy machine.
        "OMP_WAIT_POLICY": "PASSIVE",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        **KEEPS_MEMORY,
    }
    return {name: value for name, value in variables.items() if value}


def _cores() -> int:
    """Those this process may use, where the system tells; macOS does not."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
