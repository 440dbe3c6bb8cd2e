"""Which device a run gets, found out without loading torch."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from labs.domain.exercise import Device
from labs.domain.refusals import DeviceMissing


def device_for(wanted: Device) -> str:
    """What `run.device` says: "cpu" or "cuda". Raises DeviceMissing where only a GPU will do."""
    if wanted is Device.CPU:
        return "cpu"
    if _gpu_usable():
        return "cuda"
    if wanted is Device.GPU:
        raise DeviceMissing(
            "This lab needs a GPU and this worker has none.",
            cure="Start a worker for the queue labs.gpu where a GPU and torch with CUDA are.",
        )
    return "cpu"


def _gpu_usable() -> bool:
    """A driver, a torch with CUDA, and not hidden: a CPU worker beside GPU workers hides them."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1"):
        return False
    try:
        build = version("torch")
    except PackageNotFoundError:
        return False
    return "+cpu" not in build and Path("/dev/nvidiactl").exists()
