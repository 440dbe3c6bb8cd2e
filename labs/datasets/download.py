"""A file's canonical address; what was interrupted goes on where it broke off."""

import http.client
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.datasets.descriptions import SourceFile
from labs.datasets.progress import Stage
from labs.datasets.source import OnBytes, SourceFailed, SourceWrong
from labs.datasets.transfer import WrongContent
from labs.datasets.unfinished import Unfinished

SILENT_SECONDS = 15
ATTEMPTS = 20  # of a download that breaks; each must bring more than the last
AGENT = "StudyHub fetch_data"


class _Broken(Exception):
    """The connection was lost, which another attempt may cure."""


@dataclass(frozen=True)
class Download:
    """By https. The server may know ranges or not; without, an attempt begins anew."""

    address: str

    @property
    def name(self) -> str:
        return self.address

    def bring(self, file: SourceFile, target: Path, on_bytes: OnBytes) -> None:
        if not self.address.startswith("https://"):
            raise SourceFailed("the address is not https")
        part = Unfinished(target, sha256=file.sha256, size=file.size)
        for attempt in range(1, ATTEMPTS + 1):
            had = part.done
            try:
                self._go_on(part, file, on_bytes)
            except WrongContent as wrong:
                # A part of another version is gone now, and the whole is asked for once more.
                if not had or attempt == ATTEMPTS:
                    raise SourceWrong(wrong) from wrong
            except _Broken as broken:
                if part.done <= had or attempt == ATTEMPTS:
                    kept = f"; {part.done:,} of {file.size:,} bytes are kept" if part.done else ""
                    raise SourceFailed(f"{broken}{kept}") from broken
            else:
                return

    def _go_on(self, part: Unfinished, file: SourceFile, on_bytes: OnBytes) -> None:
        headers = {"User-Agent": AGENT}
        done = part.done
        if done:
            headers["Range"] = f"bytes={done}-"
            if validator := part.validator(self.address):
                headers["If-Range"] = validator
        try:
            request = urllib.request.Request(self.address, headers=headers)
            with urllib.request.urlopen(request, timeout=SILENT_SECONDS) as answer:
                self._receive(answer, part, done, file, on_bytes)
        except urllib.error.HTTPError as refused:
            if refused.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.remove()
                raise WrongContent("it has no more bytes than are here") from refused
            raise SourceFailed(f"it answered {refused.code} {refused.reason}") from refused
        except urllib.error.URLError as failed:
            raise SourceFailed(f"it cannot be reached ({failed.reason})") from failed
        except TimeoutError as failed:
            raise _Broken(f"it went silent for {SILENT_SECONDS} s") from failed
        except (ConnectionError, ssl.SSLError, http.client.HTTPException) as failed:
            raise _Broken(f"the connection broke ({failed!r})") from failed
        except (ValueError, OverflowError) as failed:
            # What urllib says of an address (also of one that it is sent on to) or a header that
            # it cannot take.
            raise SourceFailed(f"its address or its answer is malformed ({failed})") from failed

    def _receive(
        self, answer: Any, part: Unfinished, done: int, file: SourceFile, on_bytes: OnBytes
    ) -> None:
        """Goes on at `done` only if the server says so; a whole answer replaces the part."""
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            part.remove()
            raise WrongContent("it gave another range than was asked for")
        begin = done if goes_on else 0
        finished = part.receive(
            answer,
            begin=begin,
            address=self.address,
            validator=_validator(answer.headers),
            on_bytes=lambda now: on_bytes(Stage.DOWNLOADING, now, file.size),
        )
        if finished:
            return
        here = part.done
        said = answer.headers.get("Content-Length")
        if said is None or here - begin < int(said):
            raise _Broken("the connection broke")
        part.remove()
        raise WrongContent(f"it ended after {here:,} of {file.size:,} bytes")


def _validator(headers: Any) -> str | None:
    """A strong entity tag, else the date; a weak tag (W/) must not stand in If-Range."""
    tag = headers.get("ETag", "")
    if tag.startswith('"'):
        return str(tag)
    date = headers.get("Last-Modified")
    return str(date) if date else None
