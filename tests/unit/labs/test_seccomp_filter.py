"""The filter's answers, worked out without a kernel."""

import errno
import re
import struct
from pathlib import Path

import pytest

from labs.sandbox import seccomp
from labs.sandbox.seccomp import (
    MACHINES,
    NAMESPACE_FLAGS,
    ONLY_ITSELF,
    PRETENDED,
    REFUSED,
    REFUSED_BESIDE_OTHERS,
    SIGNALS,
    UnknownMachine,
    compile_filter,
)
from labs.sandbox.seccomp_profile import profile

ALLOWED, KILLED, PRETENDED_TO = "allowed", "killed", "answered with success, not done"
X86 = 0xC000003E
NUMBERS = Path(__file__).parents[2] / "fixtures" / "labs" / "system_calls.tsv"
DEFINITION = r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b"
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(
    number: int,
    *arguments: int,
    machine: str = "x86_64",
    arch: int | None = None,
    shielded: tuple[int, ...] | None = None,
) -> str:
    """What the kernel would do with a call: a small model of its classic BPF."""
    code = compile_filter(machine, shielded=shielded)
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
    return errno.errorcode[value & 0xFFFF] if value & 0xFFFF else PRETENDED_TO


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


KEEPER = 4321


def beside(number: int, *arguments: int, machine: str = "x86_64") -> str:
    """The answer to a job that shares process ids, files and sockets with the machine."""
    return answer(number, *arguments, machine=machine, shielded=(KEEPER,))


@pytest.mark.parametrize("machine", MACHINES)
def test_beside_others_more_is_refused_and_nothing_less(machine: str) -> None:
    column = MACHINES[machine].column
    more = [each[column] for each in REFUSED_BESIDE_OTHERS.values()]
    always = [each[column] for each in REFUSED.values()]

    assert {beside(each, machine=machine) for each in always if each is not None} == {"EPERM"}
    assert {beside(each, machine=machine) for each in more if each is not None} == {"EPERM"}
    # only sockets were refused to everybody for what they are asked for
    apart = {answer(each, 1, machine=machine) for each in more if each is not None}
    assert apart == {ALLOWED}


@pytest.mark.parametrize("number", [0, 1, 9, 56, 59, 61, 202, 231, 257, 318])
def test_beside_others_ordinary_calls_still_pass(number: int) -> None:
    assert beside(number) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_leaving_the_process_group_is_only_pretended(machine: str) -> None:
    for numbers in PRETENDED.values():
        assert beside(numbers[MACHINES[machine].column], machine=machine) == PRETENDED_TO
        assert answer(numbers[MACHINES[machine].column], machine=machine) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_neither_the_keeper_nor_its_group_is_signalled(machine: str) -> None:
    for numbers in SIGNALS.values():
        call = numbers[MACHINES[machine].column]
        assert beside(call, KEEPER, machine=machine) == "EPERM"
        assert beside(call, -KEEPER, machine=machine) == "EPERM"
        assert beside(call, KEEPER + 1, machine=machine) == ALLOWED
        assert answer(call, KEEPER, machine=machine) == ALLOWED


def test_limits_and_priorities_are_its_own_only() -> None:
    for numbers, index in ONLY_ITSELF.values():
        assert beside(numbers[0], *([5] * index), 0, 5) == ALLOWED
        assert beside(numbers[0], *([5] * index), 77, 5) == "EPERM"
    process, user = 0, 2
    assert beside(141, process, 0, 5) == ALLOWED
    assert beside(141, process, 77, 5) == "EPERM"
    assert beside(141, user, 0, 5) == "EPERM"


def test_pairs_of_streams_are_the_only_sockets_and_have_no_address() -> None:
    unix, stream, datagram, sequence, close_on_exec = 1, 1, 2, 5, 0x80000

    assert beside(53, unix, stream | close_on_exec) == ALLOWED
    assert beside(53, unix, datagram | close_on_exec) == "EPERM"
    assert beside(53, unix, sequence) == "EPERM"
    assert beside(53, 2, stream) == "EPERM"
    assert beside(44, 3, 0x7000, 5, 0, 0, 0) == ALLOWED
    assert beside(44, 3, 0x7000, 5, 0, 0x7000, 110) == "EPERM"
    assert beside(44, 3, 0x7000, 5, 0, 0x7000 << 32, 110) == "EPERM"


def test_a_process_cannot_hide_from_its_measurement() -> None:
    set_dumpable, set_name = 4, 15

    assert beside(157, set_dumpable) == "EPERM"
    assert beside(157, set_name) == ALLOWED


def test_containers_are_given_the_same_refusals() -> None:
    rules = profile()["syscalls"]
    plain = [name for rule in rules if "args" not in rule for name in rule["names"]]

    assert sorted(plain) == sorted([*REFUSED, "clone3"])
    assert {tuple(rule["names"]) for rule in rules if "args" in rule} == {
        ("clone",),
        ("ioctl",),
        ("socket",),
        ("socketpair",),
    }
    flags = [rule["args"][0]["value"] for rule in rules if rule["names"] == ["clone"]]
    assert sum(flags) == NAMESPACE_FLAGS
    assert all(rule["action"] == "SCMP_ACT_ERRNO" for rule in rules)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    numbers = kernel_numbers(machine)
    ours = {name: columns[MACHINES[machine].column] for name, columns in REFUSED.items()}

    assert ours == {name: numbers.get(name) for name in REFUSED}
    column = MACHINES[machine].column
    more = {name: each[column] for name, each in REFUSED_BESIDE_OTHERS.items()}
    assert more == {name: numbers.get(name) for name in more}
    exact = {**PRETENDED, **SIGNALS, **{name: each for name, (each, _) in ONLY_ITSELF.items()}}
    assert {name: each[column] for name, each in exact.items()} == {
        name: numbers[name] for name in exact
    }
    known = MACHINES[machine]
    for name in (
        *("clone", "clone3", "ioctl", "socket", "socketpair"),
        *("sendto", "setpriority", "prctl"),
    ):
        assert getattr(known, name) == numbers[name]


@pytest.mark.parametrize("machine", MACHINES)
def test_this_systems_headers_say_the_same_as_the_kept_numbers(machine: str) -> None:
    """A system need not have headers; where it has, they may be older or younger than ours."""
    kept, header = kernel_numbers(machine), HEADERS[machine]
    text = header.read_text() if header.exists() else ""
    here = {name: int(number) for name, number in re.findall(DEFINITION, text)}

    assert {name: kept[name] for name in here if name in kept} == {
        name: number for name, number in here.items() if name in kept
    }
    assert not here or len(here.keys() & kept.keys()) > 300


def kernel_numbers(machine: str) -> dict[str, int]:
    """What the kernel's headers say, kept here so that no system needs them for the tests."""
    column = 1 + tuple(MACHINES).index(machine)
    lines = [line.split("\t") for line in NUMBERS.read_text().splitlines() if line[0] != "#"]
    return {line[0]: int(line[column]) for line in lines if line[column] != "-"}
