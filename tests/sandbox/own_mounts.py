"""Runs a Python script with mounts and a host name of its own: own_mounts.py SCRIPT ARGUMENT...

So what root's attacks do to these in a plain process ends with that process. Where root may not
make namespaces, it says so and runs nothing.
"""

import ctypes
import os
import sys

CLONE_NEWNS, CLONE_NEWUTS = 0x20000, 0x4000000
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)

if libc.unshare(CLONE_NEWNS | CLONE_NEWUTS) or libc.mount(
    None, b"/", None, MS_REC | MS_PRIVATE, None
):
    sys.exit(f"no mounts of its own: {os.strerror(ctypes.get_errno())}")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
