"""Which processes serve the labs here: one for each GPU, and some for the processor."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from studyhub.env import Environment

_DEVICES = Path("/dev")
_NODE = re.compile(r"nvidia(\d+)")
NONE = "none"


@dataclass(frozen=True)
class LabWorker:
    """One Celery worker. `gpu` is what CUDA_VISIBLE_DEVICES says to it: "" hides every GPU, None
    leaves the variable as it is."""

    name: str
    queues: tuple[str, ...]
    processes: int
    gpu: str | None = None

    def arguments(self) -> list[str]:
        return [
            "-n", f"{self.name}@%h", "-Q", ",".join(self.queues),
            "--pool", "prefork", "-c", str(self.processes),
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        return {} if self.gpu is None else {"CUDA_VISIBLE_DEVICES": self.gpu}


def lab_workers(gpus: Sequence[str], *, cpu_processes: int) -> list[LabWorker]:
    """gpus: their names for CUDA_VISIBLE_DEVICES, numbers or MIG slices; memory of a GPU cannot be
    bounded, so each has one process, and that one job at a time.

    Without any, the workers of the processor answer for GPU labs, too: their runs end with what
    is missing here, instead of waiting for ever.
    """
    if not gpus:
        return [LabWorker("labs", ("labs.cpu", "labs.gpu"), cpu_processes)]
    return [
        LabWorker("labs", ("labs.cpu",), cpu_processes, gpu=""),
        *(LabWorker(f"labs-gpu{n}", ("labs.gpu",), 1, gpu=name) for n, name in enumerate(gpus)),
    ]


def gpus_here(variables: Mapping[str, str] = os.environ, devices: Path = _DEVICES) -> list[str]:
    """The GPUs to use: STUDYHUB_GPUS (a list, or "none"), or those with a device node, as far as
    CUDA_VISIBLE_DEVICES shows them. None of them where torch is built for the processor alone."""
    env = Environment(variables)
    asked = env.text("STUDYHUB_GPUS")
    if asked:
        return [] if asked.lower() == NONE else _names(asked)
    try:
        if "+cpu" in version("torch"):
            return []
    except PackageNotFoundError:
        return []
    nodes = sorted(int(found[1]) for path in devices.iterdir() if (found := _node(path)))
    shown = variables.get("CUDA_VISIBLE_DEVICES")
    if not nodes or shown is None:
        return [str(number) for number in nodes]
    return [name for name in _names(shown) if name != "-1"]


def _node(path: Path) -> re.Match[str] | None:
    return _NODE.fullmatch(path.name)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
