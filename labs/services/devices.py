"""Which device a run gets, found out without loading torch."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from labs.domain.exercise import Device
from labs.domain.refusals import DeviceMissing
from labs.sandbox import Sandbox

DRIVER = Path("/dev/nvidiactl")


def device_for(wanted: Device, sandbox: Sandbox) -> str:
    """What `run.device` says: "cpu", or "cuda" where the sandbox shows a usable GPU.

    Raises DeviceMissing where only a GPU will do.
    """
    if wanted is Device.CPU:
        return "cpu"
    if sandbox.shows_gpu and _gpu_usable():
        return "cuda"
    if wanted is Device.GPU:
        raise DeviceMissing(
            f"This lab needs a GPU and the sandbox here ({sandbox.name}) shows none.",
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
    return "+cpu" not in build and DRIVER.exists()
