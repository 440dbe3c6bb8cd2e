"""A line between browser and site that breaks where a test says: a proxy, byte by byte."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

STREAM = b"GET /sse/"
FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Cutter:
    """Passes everything on. What concerns only event streams:

    cut_after: their connection breaks after so many bytes, wherever in a line that is; None: never.
    refuse: they are answered 503, as by a site whose streams are all taken.
    asked: the head of each request for one.
    """

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (address.hostname or "127.0.0.1", address.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.cut_after: int | None = None
        self.refuse = False
        self.asked: list[str] = []
        self._open: set[socket.socket] = set()
        self._streams: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Breaks every stream that is open."""
        for stream in tuple(self._streams):
            _shut(stream)

    def close(self) -> None:
        _shut(self._listening)
        self._listening.close()
        for each in tuple(self._open):
            _shut(each)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        self._open.add(browser)
        try:
            with browser, socket.create_connection(self._target) as site:
                back = threading.Thread(target=self._answer, args=(site, browser), daemon=True)
                back.start()
                self._ask(browser, site)
                _shut(site)
                back.join()
        except OSError:
            _shut(browser)  # the site is away
        finally:
            self._open.discard(browser)
            self._streams.discard(browser)

    def _ask(self, browser: socket.socket, site: socket.socket) -> None:
        with suppress(OSError):
            while data := browser.recv(1 << 16):
                if data.startswith(STREAM):
                    self.asked.append(data.decode("latin-1").partition("\r\n\r\n")[0])
                    if self.refuse:
                        browser.sendall(FULL)
                        return
                    self._streams.add(browser)
                site.sendall(data)

    def _answer(self, site: socket.socket, browser: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := site.recv(1 << 16):
                room = None if self.cut_after is None else self.cut_after - passed
                if browser in self._streams and room is not None and len(data) >= room:
                    browser.sendall(data[: max(0, room)])
                    break
                browser.sendall(data)
                passed += len(data) if browser in self._streams else 0
        _shut(browser)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(target: str) -> Iterator[Cutter]:
    cutter = Cutter(target)
    try:
        yield cutter
    finally:
        cutter.close()
