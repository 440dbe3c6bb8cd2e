"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
#: Set by `make up` for servers that start workers of their own, which the kernel would leave.
VARIABLE = "STUDYHUB_DIE_WITH_PARENT"


def die_with_parent() -> None:
    """The kernel ends this process when its parent ends, however that ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_parent_if_asked() -> None:
    if os.environ.get(VARIABLE):
        die_with_parent()
