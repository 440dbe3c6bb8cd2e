"""A seccomp filter for learners' code, assembled here: no library, about 200 instructions.

It refuses what a training run never needs and an escape often does: other processes' memory,
mounts and namespaces, keys, io_uring, bpf, memory that no limit counts, sockets outside AF_UNIX.
Refused calls answer EPERM, so that a library that only probes carries on; foreign instruction sets
kill the process. A list of refusals ages, so calls younger than the list answer ENOSYS.
Format: the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

import errno
import platform
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# name: (x86_64, aarch64); None where the machine has no such call
REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    # mounts, roots and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    # keys and kernel interfaces with a history of escapes
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # memory that outlives a process or that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # the machine itself
    "acct": (163, 89),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "settimeofday": (164, 170),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "personality": (135, 92),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
}

# Where nothing but this filter and Landlock stands between a job and the machine (tier 2): what
# Landlock does not look at, and what namespaces would have kept apart.
REFUSED_BESIDE_OTHERS: Final[dict[str, tuple[int | None, int | None]]] = {
    # modes, owners and attributes of whatever file belongs to the job's user
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    # news of files that the job may not read
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    # sockets of the machine, and descriptors in flight, where no disk use is seen
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    # other processes of the job's user
    "ioprio_set": (251, 30),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
}

# Answered with success and not done: the job stays the one process group that is ended as a whole.
PRETENDED: Final[dict[str, tuple[int, int]]] = {"setsid": (112, 157), "setpgid": (109, 154)}

# Allowed on the calling process only: the number of the argument that has to be 0.
ONLY_ITSELF: Final[dict[str, tuple[tuple[int, int], int]]] = {
    "prlimit64": ((302, 261), 0),
    "sched_setaffinity": ((203, 122), 0),
    "sched_setscheduler": ((144, 119), 0),
    "sched_setparam": ((142, 118), 0),
    "sched_setattr": ((314, 274), 0),
}

# Refused towards the processes that the job must not signal: the argument is a process id.
SIGNALS: Final[dict[str, tuple[int, int]]] = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}

NEWEST_KNOWN: Final = 466  # removexattrat, Linux 6.13

NAMESPACE_FLAGS: Final = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
TERMINAL_INJECTION: Final = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
AF_UNIX: Final = 1
NO_STREAM: Final = 0xE  # any of these bits makes the type of a socket another one
PR_SET_DUMPABLE: Final = 4

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
REFUSE: Final = 0x00050000 | errno.EPERM
ABSENT: Final = 0x00050000 | errno.ENOSYS
PRETEND: Final = 0x00050000

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000


class UnknownMachine(Exception):
    """There is no table of system calls for this processor."""


@dataclass(frozen=True)
class Machine:
    column: int
    audit_arch: int
    clone: int
    clone3: int
    ioctl: int
    socket: int
    socketpair: int
    sendto: int
    setpriority: int
    prctl: int


MACHINES: Final = {
    "x86_64": Machine(
        column=0,
        audit_arch=0xC000003E,
        clone=56,
        clone3=435,
        ioctl=16,
        socket=41,
        socketpair=53,
        sendto=44,
        setpriority=141,
        prctl=157,
    ),
    "aarch64": Machine(
        column=1,
        audit_arch=0xC00000B7,
        clone=220,
        clone3=435,
        ioctl=29,
        socket=198,
        socketpair=199,
        sendto=206,
        setpriority=140,
        prctl=167,
    ),
}

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def compile_filter(machine: str = "", *, shielded: Sequence[int] | None = None) -> bytes:
    """The filter as bytes for bwrap's --seccomp. Raises UnknownMachine.

    shielded: for a job that shares process ids, sockets and file owners with the machine, so that
    more is refused: the process ids that it must not signal. None where namespaces keep it apart.
    """
    name = machine or platform.machine()
    if name not in MACHINES:
        raise UnknownMachine(f"no seccomp filter for the processor {name}")
    instructions = _instructions(MACHINES[name], shielded)
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def _instructions(machine: Machine, shielded: Sequence[int] | None) -> Iterator[Instruction]:
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _EQUAL, 1, 0, machine.audit_arch
    yield _RETURN, 0, 0, KILL
    yield _LOAD, 0, 0, _NUMBER
    yield from _when(_ANY_BIT, _X32_BIT, KILL)
    yield from _when(_GREATER, NEWEST_KNOWN, ABSENT)
    # clone3 keeps its flags in memory, where no filter can look; libc falls back to clone
    yield from _when(_EQUAL, machine.clone3, ABSENT)
    yield from _refuse(REFUSED, machine)
    if shielded is not None:
        yield from _beside_others(machine, shielded)
    yield from _when_argument(machine.clone, 0, [(_ANY_BIT, NAMESPACE_FLAGS, REFUSE)])
    yield from _when_argument(
        machine.ioctl, 1, [(_EQUAL, request, REFUSE) for request in TERMINAL_INJECTION]
    )
    for call in (machine.socket, machine.socketpair):
        yield from _only_argument(call, 0, AF_UNIX)
    yield _RETURN, 0, 0, ALLOW


def _beside_others(machine: Machine, shielded: Sequence[int]) -> Iterator[Instruction]:
    yield from _refuse(REFUSED_BESIDE_OTHERS, machine)
    for numbers in PRETENDED.values():
        yield from _when(_EQUAL, numbers[machine.column], PRETEND)
    for numbers, index in ONLY_ITSELF.values():
        yield from _unless_zero(numbers[machine.column], 8 * index)
    # of itself only: PRIO_PROCESS and the calling process, not all of its user's
    for index in (0, 1):
        yield from _unless_zero(machine.setpriority, 8 * index)
    for half in (0, 4):  # no address, or a datagram could leave for another socket
        yield from _unless_zero(machine.sendto, 8 * 4 + half)
    yield from _refuse_argument(machine.socketpair, 1, [(_ANY_BIT, NO_STREAM, REFUSE)])
    yield from _refuse_argument(machine.prctl, 0, [(_EQUAL, PR_SET_DUMPABLE, REFUSE)])
    aims = [aim % 2**32 for pid in shielded for aim in (pid, -pid)]
    for numbers in SIGNALS.values():
        tests = [(_EQUAL, aim, REFUSE) for aim in aims]
        yield from _refuse_argument(numbers[machine.column], 0, tests)


def _refuse(
    calls: Mapping[str, tuple[int | None, int | None]], machine: Machine
) -> Iterator[Instruction]:
    for numbers in calls.values():
        number = numbers[machine.column]
        if number is not None:
            yield from _when(_EQUAL, number, REFUSE)


def _when(test: int, constant: int, verdict: int) -> list[Instruction]:
    return [(test, 0, 1, constant), (_RETURN, 0, 0, verdict)]


def _argument(index: int) -> Instruction:
    # the low half: what is compared here, the kernel reads as 32-bit numbers
    return _LOAD, 0, 0, _ARGUMENTS + 8 * index


Test = tuple[int, int, int]  # instruction, constant, verdict


def _when_argument(call: int, index: int, tests: Sequence[Test]) -> Iterator[Instruction]:
    yield _EQUAL, 0, 2 + 2 * len(tests), call
    yield _argument(index)
    for test in tests:
        yield from _when(*test)
    yield _RETURN, 0, 0, ALLOW


def _refuse_argument(call: int, index: int, tests: Sequence[Test]) -> Iterator[Instruction]:
    """As above, but what passes goes on to the tests that follow."""
    yield _EQUAL, 0, 2 + 2 * len(tests), call
    yield _argument(index)
    for test in tests:
        yield from _when(*test)
    yield _LOAD, 0, 0, _NUMBER


def _unless_zero(call: int, offset: int) -> Iterator[Instruction]:
    """Refuses the call where the half of an argument at `offset` is anything but 0."""
    yield _EQUAL, 0, 4, call
    yield _LOAD, 0, 0, _ARGUMENTS + offset
    yield _EQUAL, 1, 0, 0
    yield _RETURN, 0, 0, REFUSE
    yield _LOAD, 0, 0, _NUMBER


def _only_argument(call: int, index: int, allowed: int) -> Iterator[Instruction]:
    yield _EQUAL, 0, 4, call
    yield _argument(index)
    yield _EQUAL, 0, 1, allowed
    yield _RETURN, 0, 0, ALLOW
    yield _RETURN, 0, 0, REFUSE
