"""What an attack program is.

`data.targets` says what they aim at (test_containment.py makes it), `data.files[0]` lies in the
job's data folder, and `call("name", ...)` makes a system call, answering -errno where it fails.
"""

from dataclasses import dataclass
from textwrap import dedent

_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    number = data.targets["calls"][name]
    result = libc.syscall(number, *(ctypes.c_long(each) for each in arguments))
    return result if result >= 0 else -ctypes.get_errno()
EPERM, ENOSYS = -1, -38
"""


@dataclass(frozen=True)
class Attack:
    """not_bare: why it is not shown to succeed in a plain process; empty where it is."""

    name: str
    body: str
    not_bare: str = ""

    @property
    def code(self) -> str:
        return (_CALL if "call(" in self.body else "") + dedent(self.body)

    def __str__(self) -> str:
        return self.name
