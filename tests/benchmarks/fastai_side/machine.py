"""The kind of machine and the versions, in words."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import psutil
import torch


def described(device: str) -> str:
    """ "2 cores of x86_64, 24 GB of memory, Linux; Python 3.11.7, torch 2.13.0"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    words = f"{cores} cores of {platform.machine()}, {memory:.0f} GB of memory, {platform.system()}"
    if device == "cuda":
        words += f", one {torch.cuda.get_device_name()}"
    packages = ", ".join(f"{name} {found}" for name in ("torch", "timm") if (found := _of(name)))
    return f"{words}; Python {platform.python_version()}, {packages}"


def _of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
