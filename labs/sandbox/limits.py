"""The numbers that hold for every lab; those of one lab stand in its `Limits`."""

from typing import Final

from labs.domain.jobs import Job

MB: Final = 1 << 20

OUTPUT_KEPT: Final = 1 * MB
OUTPUT_DRAINED: Final = 64 * MB  # read and thrown away beyond that, then the job is killed
EVENT_BYTES: Final = 64 * MB

POLL_SECONDS: Final = 0.2  # between two looks at memory, files and processes
FILES: Final = (
    20_000  # names in the temporary folders: each costs kernel memory that no size counts
)
OPEN_FILES: Final = 1_024

# The address space of torch's libraries is writable private memory that is never touched.
_UNTOUCHED_MB: Final = 512


def shared_memory_mb(job: Job) -> int:
    return max(64, job.limits.memory_mb // 2)


def rlimits(job: Job, *, own_uid: bool) -> dict[str, int]:
    """What the kernel holds each process to, by the names of the `resource` module.

    RLIMIT_DATA only backs up the polling of the whole tree; RLIMIT_AS would not do, because CUDA
    reserves large address ranges. The process limit counts all processes of a user, so it is only
    set where the job has a user (own_uid) of its own.
    """
    limits = {
        "RLIMIT_DATA": (job.limits.memory_mb + _UNTOUCHED_MB) * MB,
        "RLIMIT_FSIZE": job.limits.disk_mb * MB,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if own_uid:
        limits["RLIMIT_NPROC"] = job.limits.processes
    return limits
