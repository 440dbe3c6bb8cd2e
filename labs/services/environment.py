"""What a run's code worked with, so that its result can be understood later."""

import platform
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from labs.domain.outcome import RunOutcome

_GPUS = Path("/proc/driver/nvidia/gpus")


def environment_of(outcome: RunOutcome, *, seed: int) -> dict[str, Any]:
    """Python, packages by version, machine, device, seed, seconds and memory; ready for JSON."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "device": outcome.device,
        "gpus": list(_gpus()) if outcome.device == "cuda" else [],
        "sandbox": outcome.sandbox,
        "seed": seed,
        "seconds": dict(outcome.seconds),
        "peak_memory_mb": outcome.peak_memory_mb,
        "packages": dict(_packages()),
    }


@lru_cache(maxsize=1)
def _packages() -> tuple[tuple[str, str], ...]:
    """Sandboxes run this Python with these packages; a worker that started before an update has
    the old ones loaded as well as listed."""
    found = {dist.name: dist.version for dist in distributions() if dist.name}
    return tuple(sorted(found.items(), key=lambda pair: pair[0].lower()))


@lru_cache(maxsize=1)
def _gpus() -> tuple[str, ...]:
    names = []
    for path in sorted(_GPUS.glob("*/information")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Model:"):
                names.append(line.partition(":")[2].strip())
    return tuple(names)
