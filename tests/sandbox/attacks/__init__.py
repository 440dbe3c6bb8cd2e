"""The attack programs, by the promise that each tries to break."""

from tests.sandbox.attack import Attack
from tests.sandbox.attacks import (
    answers,
    endings,
    files,
    kernel,
    network,
    reports,
    resources,
    uploads,
    worker,
)

PROMISES: dict[str, tuple[Attack, ...]] = {
    "hidden labels": files.HIDDEN_LABELS,
    "other jobs": files.OTHER_JOBS,
    "cached data": files.CACHED_DATA,
    "data and environment are not written": files.WRITES,
    "planted links": files.LINKS,
    "the worker's environment": worker.ENVIRONMENT,
    "other processes' memory": worker.MEMORY_OF_OTHERS,
    "tracing": worker.TRACING,
    "signals and shares": worker.SIGNALS,
    "network": network.NETWORK,
    "namespaces and mounts": kernel.NAMESPACES,
    "privileges": kernel.PRIVILEGES,
    "the kernel": kernel.KERNEL,
    "memory that nobody counts": kernel.HIDDEN_MEMORY,
    "the terminal": kernel.TERMINAL,
    "processes and threads": resources.PROCESSES,
    "memory": resources.MEMORY,
    "disk and file names": resources.DISK,
    "time": resources.TIME,
    "daemons": endings.DAEMONS,
    "kill sweeps": endings.SWEEPS,
    "the worker's death": endings.ORPHANS,
    "floods": reports.FLOODS,
    "forged reports": reports.LIES,
    "answers": answers.ANSWERS,
    "uploads": uploads.UPLOADS,
}
ATTACKS: tuple[Attack, ...] = tuple(attack for group in PROMISES.values() for attack in group)
