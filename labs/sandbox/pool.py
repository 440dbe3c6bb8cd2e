"""The pool of warm sandboxes of one worker, and the sandbox that takes from it.

Train and predict jobs never share one: each waits for one phase of one shape.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from labs.domain.jobs import Job
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.cage import Cage, ChildEnds
from labs.sandbox.limits import MB
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.supervised import SupervisedSandbox
from labs.sandbox.usage import Usage
from labs.sandbox.warm import Shape, WarmCage, Wish

log = logging.getLogger(__name__)

# A job's memory limit counts what was imported for it, too: it has to be small beside the limit.
_SHARE_OF_LIMIT = 4


class _ElseCold:
    """A warm cage that a cold one stands in for, should it have died while it waited."""

    def __init__(self, warm: WarmCage, cold: Callable[[], Cage]) -> None:
        self._cage: Cage = warm
        self._cold = cold

    def start(self, ends: ChildEnds, ends_at: float) -> "subprocess.Popen[bytes]":
        try:
            return self._cage.start(ends, ends_at)
        except OSError as gone:
            log.warning("A warm sandbox was gone (%s); the job starts cold.", gone)
            self._cage.kill()
            self._cage.close()
            self._cage = self._cold()
            return self._cage.start(ends, ends_at)

    def began(self) -> None:
        self._cage.began()

    def usage(self, memory_cap: int) -> Usage:
        return self._cage.usage(memory_cap)

    def kill(self) -> None:
        self._cage.kill()

    def close(self) -> None:
        self._cage.close()


class Pool:
    """Keeps warm sandboxes ready, from one thread that all of them hang on.

    The kernel ends them when that thread ends, and so when the worker ends for whatever reason.
    memory_mb bounds what all waiting ones use together, by the measure of the last ones started.
    slots: gives a number that no other job on this machine has, for as long as it is held. Raises
    OSError where there is none.
    """

    def __init__(
        self,
        sandbox: BubblewrapSandbox,
        *,
        folder: Path,
        memory_mb: int,
        slots: Callable[[], AbstractContextManager[int]],
    ) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._memory = memory_mb * MB
        self._slots = slots
        self._ready: list[WarmCage] = []
        self._wishes: Sequence[Wish] = ()
        self._granting = False  # wishes were taken up, and not all of them came true yet
        self._closed = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._keep, name="warm-sandboxes", daemon=True)
        self._thread.start()

    def want(self, wishes: Sequence[Wish]) -> None:
        """Have one sandbox ready for each wish, the first ones first; those no longer wanted end.

        Returns at once. Nothing is started again until the next call: a job that runs is not
        disturbed by imports.
        """
        with self._news:
            self._wishes = tuple(wishes)
            self._news.notify_all()

    def take(self, job: Job) -> WarmCage | None:
        """A sandbox for this job, or None where it must start cold."""
        shape = Shape.of(job)
        with self._news:
            for cage in list(self._ready):
                if not cage.waits:
                    self._ready.remove(cage)
                    _end(cage)
                elif cage.shape == shape and _fits(cage, job):
                    self._ready.remove(cage)
                    cage.give(job)
                    return cage
        return None

    def ready(self, seconds: float = 0.0) -> int:
        """How many wait, after all wishes came true or `seconds` passed."""
        until = time.monotonic() + seconds
        with self._news:
            while (self._wishes or self._granting) and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
            return len(self._ready)

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._thread.join()

    def _keep(self) -> None:
        too_large: set[tuple[Shape, tuple[str, ...]]] = set()  # not tried after every run
        try:
            while self._next_wishes():
                for wish in self._end_unwanted():
                    if self._closed:
                        break
                    if (key := (Shape.of(wish.job), wish.imports)) not in too_large:
                        too_large |= set() if self._add(wish) else {key}
                with self._news:
                    self._granting = False
                    self._news.notify_all()
        finally:
            with self._news:
                self._granting = False
                for cage in self._ready:
                    _end(cage)
                self._ready.clear()

    def _next_wishes(self) -> bool:
        with self._news:
            while not self._wishes and not self._closed:
                self._news.wait()
            return not self._closed

    def _end_unwanted(self) -> list[Wish]:
        """Ends what no wish asks for, and returns the wishes that nothing waits for."""
        with self._news:
            wishes, self._wishes, self._granting = list(self._wishes), (), True
            kept = []
            for cage in self._ready:
                wish = next((one for one in wishes if _grants(cage, one)), None)
                if wish is None:
                    _end(cage)
                else:
                    wishes.remove(wish)
                    kept.append(cage)
            self._ready = kept
        return wishes

    def _add(self, wish: Wish) -> bool:
        """False where there is no room for it."""
        held = ExitStack()
        try:
            slot = held.enter_context(self._slots())
        except OSError as lack:
            # The next wish may be luckier; this thread must not end, as all sandboxes hang on it.
            log.warning("No slot for a warm sandbox for %s: %s", wish.job.phase, lack)
            return True
        cage = WarmCage(
            replace(wish, job=replace(wish.job, slot=slot)),
            self._sandbox.bwrap,
            as_root=self._sandbox.as_root,
            folder=self._folder / f"warm-{slot}",
        )
        cage.keep(held)
        try:
            cage.warm_up()
        except (SandboxBroken, OSError) as broken:
            log.warning("No warm sandbox for %s: %s", wish.job.phase, broken)
            _end(cage)
            return True
        with self._news:
            used = cage.resident + sum(each.resident for each in self._ready)
            if used <= self._memory and not self._closed:
                self._ready.append(cage)
                return True
        _end(cage)
        log.info("Warm sandboxes may use %d MB: no room for %s.", self._memory / MB, wish.job.phase)
        return False


def _grants(cage: WarmCage, wish: Wish) -> bool:
    return cage.waits and cage.shape == Shape.of(wish.job) and cage.imports == wish.imports


def _fits(cage: WarmCage, job: Job) -> bool:
    return cage.resident * _SHARE_OF_LIMIT <= job.limits.memory_mb * MB


def _end(cage: WarmCage) -> None:
    cage.kill()
    cage.close()


class WarmSandbox(SupervisedSandbox):
    """The same sandbox, from a pool where it has one ready."""

    def __init__(self, sandbox: BubblewrapSandbox, pool: Pool) -> None:
        self.tier, self.name, self.shows_gpu = sandbox.tier, sandbox.name, sandbox.shows_gpu
        self._sandbox = sandbox
        self._pool = pool

    def _cage(self, job: Job) -> Cage:
        warm = self._pool.take(job)
        cold = self._sandbox._cage
        return cold(job) if warm is None else _ElseCold(warm, lambda: cold(job))
