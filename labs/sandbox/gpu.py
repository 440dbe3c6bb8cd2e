"""Which of the NVIDIA driver's files a job needs to use the worker's GPUs, and no others."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.domain.jobs import Job

_VISIBLE = "CUDA_VISIBLE_DEVICES"
# Each call to the driver goes through these; nvidia-caps holds the slices of a divided GPU (MIG).
_SHARED = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps")
# The driver looks up where its devices are on the bus, and the processors next to them.
SYSTEM_FILES = ("/sys/bus/pci", "/sys/devices", "/sys/module/nvidia", "/sys/module/nvidia_uvm")


@dataclass(frozen=True)
class Gpus:
    """nodes: device files to show; variables: what CUDA is told in the job's environment."""

    nodes: tuple[Path, ...]
    variables: dict[str, str]


NONE = Gpus((), {})


def gpus_for(
    job: Job,
    *,
    variables: Mapping[str, str] = os.environ,
    devices: Path = Path("/dev"),
    driver: Path = Path("/proc/driver/nvidia/gpus"),
) -> Gpus:
    """The GPUs that the worker was given by CUDA_VISIBLE_DEVICES, for a job on "cuda".

    Indices count in the order of the bus. A slice of a GPU has no device file of its own, so for
    slices, and for what the driver does not list, all are shown and the variable goes along.
    """
    if job.device != "cuda":
        return NONE
    asked = variables.get(_VISIBLE)
    order = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    shared = tuple(devices / name for name in _SHARED)
    everything = tuple(sorted(devices.glob("nvidia[0-9]*")))
    if asked is None:
        return Gpus((*everything, *shared), order)
    numbers = _numbers(asked, list(_listed(driver)))
    if numbers is None:
        return Gpus((*everything, *shared), order | {_VISIBLE: asked})
    return Gpus((*(devices / f"nvidia{number}" for number in numbers), *shared), order)


def gpu_names(job: Job, variables: Mapping[str, str] = os.environ) -> list[str]:
    """What to ask a container engine for: indices or unique names, or all."""
    if job.device != "cuda":
        return []
    asked = variables.get(_VISIBLE)
    return ["all"] if asked is None else [name.strip() for name in asked.split(",")]


def chosen_gpus(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The worker's choice as it is, for a job that sees all of the machine's devices."""
    return {_VISIBLE: variables[_VISIBLE]} if _VISIBLE in variables else {}


def _numbers(asked: str, listed: list[tuple[str, int]]) -> list[int] | None:
    """Numbers of device files; None where they cannot be told from what was asked."""
    found = []
    for name in asked.split(","):
        name = name.strip()
        if name.isdigit() and listed:
            number = listed[int(name)][1] if int(name) < len(listed) else None
        elif name.isdigit():
            number = int(name)
        else:
            fitting = [minor for uuid, minor in listed if name and uuid.startswith(name)]
            number = fitting[0] if len(fitting) == 1 else None
        if number is None:
            return None
        found.append(number)
    return found


def _listed(driver: Path) -> Iterator[tuple[str, int]]:
    """Unique name and number of each GPU, in the order of the bus."""
    for information in sorted(driver.glob("*/information")):
        lines = information.read_text(errors="replace").splitlines()
        parts = (line.partition(":") for line in lines)
        values = {name.strip(): value.strip() for name, _, value in parts}
        if values.get("Device Minor", "").isdigit():
            yield values.get("GPU UUID", ""), int(values["Device Minor"])
