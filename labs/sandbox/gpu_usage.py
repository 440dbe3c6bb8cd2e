"""How busy the worker's GPUs are, asked of NVIDIA's management library, without CUDA.

A job has its GPU to itself, so what the device uses is what the job uses.
https://docs.nvidia.com/deploy/nvml-api/
"""

import ctypes
import os
from collections.abc import Mapping

from labs.sandbox.limits import MB

_LIBRARY = "libnvidia-ml.so.1"
_FINE = 0


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))  # percent


class _Memory(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


class GpuMeter:
    """Empty answers where there is no driver, or for a slice of a GPU that does not tell."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._devices: list[ctypes.c_void_p] = []
        try:
            self._library = ctypes.CDLL(_LIBRARY)
        except OSError:
            return
        if self._library.nvmlInit_v2() == _FINE:
            self._devices = list(self._chosen(variables.get("CUDA_VISIBLE_DEVICES")))

    def read(self) -> dict[str, float]:
        """`gpu_percent`, of the busiest device, and `gpu_memory_mb`, of all together."""
        percents, used = [], 0
        for device in self._devices:
            utilization, memory = _Utilization(), _Memory()
            if self._library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) == _FINE:
                used += memory.used
            rates = self._library.nvmlDeviceGetUtilizationRates
            if rates(device, ctypes.byref(utilization)) == _FINE:
                percents.append(float(utilization.gpu))
        found = {"gpu_percent": max(percents)} if percents else {}
        return found | ({"gpu_memory_mb": round(used / MB, 1)} if used else {})

    def _chosen(self, asked: str | None) -> "list[ctypes.c_void_p]":
        """By index in the order of the bus, by unique name, or all."""
        if asked is None:
            count = ctypes.c_uint()
            self._library.nvmlDeviceGetCount_v2(ctypes.byref(count))
            asked = ",".join(map(str, range(count.value)))
        found = []
        for name in filter(None, map(str.strip, asked.split(","))):
            device = ctypes.c_void_p()
            if name.isdigit():
                code = self._library.nvmlDeviceGetHandleByIndex_v2(
                    ctypes.c_uint(int(name)), ctypes.byref(device)
                )
            else:
                code = self._library.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(device))
            if code == _FINE:
                found.append(device)
        return found
