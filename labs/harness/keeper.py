"""The first process of a job in tier 2: starts the harness confined, and outlives all of it.

There is no process namespace whose first process takes the others along. So the keeper adopts every
orphan of the job (child subreaper), learns of its supervisor's death from the kernel, and ends the
job's one process group, which no process of the job can leave: the filter only pretends that it
can. The job can neither signal nor trace the keeper, which stands outside its Landlock domain.
"""

import base64
import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

from labs.harness.landlock import restrict
from labs.harness.removal import remove

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER = 1, 22, 36
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_SIGNALLED = 128  # exit codes above it mean a signal, as to shells
_END = signal.SIGTERM  # from the supervisor, or from the kernel when the supervisor is gone

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Charge:
    """What the supervisor asks for, as JSON through standard input.

    rules: pairs for `landlock.restrict`; filter: the system call filter in base64; folder: goes
    with the job; uid: the user to become, None keeps the present one; parent: the supervisor's
    process id; told: the descriptor to write the harness's process id to.
    """

    command: list[str]
    environment: dict[str, str]
    home: str
    folder: str
    rules: list[tuple[str, str]]
    filter: str
    uid: int | None
    parent: int
    passed: list[int]
    told: int


def main() -> NoReturn:
    signal.pthread_sigmask(signal.SIG_BLOCK, {_END, signal.SIGCHLD})
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, _END)
    said = sys.stdin.buffer.read()
    if not said:  # the supervisor died first
        os._exit(1)
    charge = Charge(**json.loads(said))
    if os.getppid() != charge.parent:
        _leave(charge, 1)
    harness = os.fork()
    if harness == 0:
        _become_the_harness(charge)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(harness, harness)  # both sides do it: whichever is first
    os.write(charge.told, f"{harness}\n".encode())
    _let_go_of_pipes(charge)
    code = _wait(harness)
    _end(harness)
    _leave(charge, code)


def _wait(harness: int) -> int:
    """Until the harness has ended, or has to; reaps the job's orphans meanwhile."""
    while True:
        while (ended := _next_ended()) is not None:
            if ended.si_pid == harness:  # reaped later: its group keeps its number until then
                code: int = ended.si_status
                return code if ended.si_code == os.CLD_EXITED else _SIGNALLED + code
            os.waitpid(ended.si_pid, 0)
        if signal.sigwait({_END, signal.SIGCHLD}) == _END:
            return _SIGNALLED + signal.SIGKILL


def _next_ended() -> Any:
    return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _leave(charge: Charge, code: int) -> NoReturn:
    remove(charge.folder)
    os._exit(code)


def _let_go_of_pipes(charge: Charge) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(nothing, fd)
    for fd in (*charge.passed, charge.told):
        os.close(fd)


def _become_the_harness(charge: Charge) -> NoReturn:
    try:
        os.setpgid(0, 0)
        os.close(charge.told)
        os.chdir(charge.home)
        _offer_to_the_memory_killer()
        if charge.uid is not None:
            os.setgroups([])
            os.setresgid(charge.uid, charge.uid, charge.uid)
            os.setresuid(charge.uid, charge.uid, charge.uid)
        _drop_capabilities()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0 if hard else soft))
        restrict([*charge.rules, ("read", "/proc/self")])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {_END, signal.SIGCHLD})
        _filter_calls(base64.b64decode(charge.filter))
        os.execve(charge.command[0], charge.command, charge.environment)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the supervisor shows it
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    os._exit(1)


def _offer_to_the_memory_killer() -> None:
    """Where the kernel must choose whom to end, it is to be a job and not the site."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _drop_capabilities() -> None:
    if _libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _filter_calls(program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, padding, and where they are
    head = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(head))


def _prctl(option: int, *arguments: object) -> None:
    if _libc.prctl(option, *arguments) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


if __name__ == "__main__":
    main()
