"""The filter's answers, worked out without a kernel."""

import errno
import platform
import re
import struct
from pathlib import Path

import pytest

from labs.sandbox import seccomp
from labs.sandbox.seccomp import MACHINES, REFUSED, UnknownMachine, compile_filter

ALLOWED, KILLED = "allowed", "killed"
X86 = 0xC000003E
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(number: int, *arguments: int, machine: str = "x86_64", arch: int | None = None) -> str:
    """What the kernel would do with a call: a small model of its classic BPF."""
    code = compile_filter(machine)
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    arch = MACHINES[machine].audit_arch if arch is None else arch
    padded = [*arguments, *([0] * (6 - len(arguments)))]
    call = struct.pack("=IIQ6Q", number, arch, 0, *(each % 2**64 for each in padded))
    at = loaded = 0
    while True:
        operation, if_true, if_false, constant = steps[at]
        at += 1
        if operation == 0x20:
            (loaded,) = struct.unpack_from("=I", call, constant)
        elif operation == 0x06:
            return _verdict(constant)
        else:
            test = {
                0x15: loaded == constant,
                0x25: loaded > constant,
                0x45: bool(loaded & constant),
            }[operation]
            at += if_true if test else if_false


def _verdict(value: int) -> str:
    if value == 0x7FFF0000:
        return ALLOWED
    if value == 0x80000000:
        return KILLED
    return errno.errorcode[value & 0xFFFF]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_on_the_list_is_refused(machine: str) -> None:
    numbers = [columns[MACHINES[machine].column] for columns in REFUSED.values()]

    assert {answer(each, machine=machine) for each in numbers if each is not None} == {"EPERM"}


@pytest.mark.parametrize("number", [0, 1, 9, 59, 61, 202, 231, 257, 318])
def test_ordinary_calls_pass(number: int) -> None:
    """read write mmap execve wait4 futex exit_group openat getrandom"""
    assert answer(number) == ALLOWED


def test_processes_and_threads_may_be_made_but_no_namespaces() -> None:
    fork, thread = 17, 0x3D0F00

    assert answer(56, fork) == ALLOWED
    assert answer(56, thread) == ALLOWED
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(56, namespace | fork) == "EPERM"
    assert answer(435) == "ENOSYS"


def test_only_unix_sockets_can_be_made() -> None:
    families = {family: answer(41, family, 1) for family in range(64)}

    assert families.pop(1) == ALLOWED
    assert set(families.values()) == {"EPERM"}
    assert answer(53, 1) == ALLOWED
    assert answer(53, 2) == "EPERM"


def test_the_high_half_of_an_argument_does_not_hide_the_low_one() -> None:
    assert answer(41, 2 | 1 << 32) == "EPERM"
    assert answer(16, 0, 0x5412 | 1 << 32) == "EPERM"


def test_only_the_terminals_dangerous_requests_are_refused() -> None:
    assert answer(16, 0, 0x5412) == "EPERM"
    assert answer(16, 0, 0x541C) == "EPERM"
    assert answer(16, 0, 0x5413) == ALLOWED


def test_foreign_instruction_sets_are_killed() -> None:
    i386 = 0x40000003

    assert answer(1, arch=i386) == KILLED
    assert answer(1 | 0x40000000) == KILLED  # x32


def test_calls_younger_than_the_list_do_not_exist() -> None:
    assert answer(seccomp.NEWEST_KNOWN) == ALLOWED
    assert answer(seccomp.NEWEST_KNOWN + 1) == "ENOSYS"


def test_an_unknown_processor_has_no_filter() -> None:
    with pytest.raises(UnknownMachine, match="riscv64"):
        compile_filter("riscv64")


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].exists() or platform.system() != "Linux":
        pytest.skip("no kernel headers here")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", HEADERS[machine].read_text())
    numbers = {name: int(number) for name, number in found}
    ours = {name: columns[MACHINES[machine].column] for name, columns in REFUSED.items()}

    assert ours == {name: numbers.get(name) for name in REFUSED}
    known = MACHINES[machine]
    for name in ("clone", "clone3", "ioctl", "socket", "socketpair"):
        assert getattr(known, name) == numbers[name]
