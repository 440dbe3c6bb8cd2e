"""The same refusals as `seccomp.py`, in the JSON that container engines read.

A profile cannot refuse calls by number, so those younger than the list are the engine's to know.
Format: the OCI runtime specification's linux.seccomp, as Docker and Podman read it from a file.
"""

import errno
from typing import Any

from labs.sandbox.seccomp import (
    AF_UNIX,
    NAMESPACE_FLAGS,
    REFUSED,
    TERMINAL_INJECTION,
)

_REFUSE = {"action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM}
_FLAGS = tuple(1 << bit for bit in range(32) if NAMESPACE_FLAGS >> bit & 1)


def profile() -> dict[str, Any]:
    """No architectures are named, so foreign instruction sets are killed."""
    calls: list[dict[str, Any]] = [
        {"names": sorted(REFUSED), **_REFUSE},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
    ]
    calls += [_when("clone", 0, "SCMP_CMP_MASKED_EQ", flag, flag) for flag in _FLAGS]
    # masked: the kernel reads the low half, and libseccomp would compare both
    calls += [
        _when("ioctl", 1, "SCMP_CMP_MASKED_EQ", 2**32 - 1, each) for each in TERMINAL_INJECTION
    ]
    calls += [_when(name, 0, "SCMP_CMP_NE", AF_UNIX) for name in ("socket", "socketpair")]
    return {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": calls}


def _when(name: str, index: int, test: str, value: int, masked: int = 0) -> dict[str, Any]:
    argument = {"index": index, "value": value, "valueTwo": masked, "op": test}
    return {"names": [name], **_REFUSE, "args": [argument]}
