"""The WSGI site under an ASGI server, without either: a small application, a fake connection."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from studyhub.bridge import STREAMS, Bridge
from tests.loops import in_a_loop

TEXT = [("Content-Type", "text/plain")]


class Connection:
    """One request. parts: its body, as it arrives; then the client stays until `leave`."""

    def __init__(self, *parts: bytes, path: str = "/", headers=(), query: bytes = b"") -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": query,
            "headers": list(headers),
            "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 8000),
        }
        parts = parts or (b"",)
        self.messages = [
            {"type": "http.request", "body": part, "more_body": n < len(parts)}
            for n, part in enumerate(parts, 1)
        ]
        self.gone = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def answer(application, *parts: bytes, threads: int = 2, **more: Any) -> Connection:
    async def ask() -> Connection:
        connection = Connection(*parts, **more)
        bridge = Bridge(application, threads=threads)
        await asyncio.wait_for(bridge(connection.scope, connection.receive, connection.send), 10)
        return connection

    return in_a_loop(ask())


def test_a_view_sees_the_request_and_the_client_its_answer():
    seen = {}

    def site(environ, start_response):
        seen.update(environ)
        start_response("201 Created", [*TEXT, ("X-Two", "a"), ("X-Two", "b")])
        return [environ["wsgi.input"].read(3), b"!"]

    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y")]
    given = answer(site, b"abc", path="/caf\u00e9/", headers=headers, query=b"q=%20")

    assert (given.status, given.body) == (201, b"abc!")
    assert given.sent[0]["headers"][1:] == [(b"x-two", b"a"), (b"x-two", b"b")]
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/caf\u00e9/"
    assert (seen["QUERY_STRING"], seen["REMOTE_ADDR"]) == ("q=%20", "127.0.0.1")
    assert (seen["HTTP_COOKIE"], seen["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")


def test_a_header_with_an_underscore_passes_for_no_other():
    def site(environ, start_response):
        start_response("200 OK", TEXT)
        return [environ.get("HTTP_X_FORWARDED_PROTO", "none").encode()]

    given = answer(site, headers=[(b"x_forwarded_proto", b"https")])
    assert given.body == b"none"


def test_a_large_body_comes_as_the_view_reads_it():
    parts = [bytes([n]) * (1 << 19) for n in range(6)]

    def site(environ, start_response):
        start_response("200 OK", TEXT)
        return [str(len(environ["wsgi.input"].read())).encode()]

    assert answer(site, *parts).body == str(6 << 19).encode()


def test_a_view_that_does_not_read_a_large_body_answers_all_the_same():
    def site(environ, start_response):
        start_response("413 Too Large", TEXT)
        return [b"no"]

    given = answer(site, *[b"x" * (1 << 20)] * 5)
    assert (given.status, given.body) == (413, b"no")
    assert len(given.sent) == 2


def test_a_body_that_is_no_http_is_a_bad_request_and_no_failure_of_the_server():
    async def ask() -> Connection:
        connection = Connection()
        connection.messages.clear()
        connection.gone.set()  # as the server reports what it cannot read
        bridge = Bridge(lambda *_: pytest.fail("the site was asked"), threads=1)
        await asyncio.wait_for(bridge(connection.scope, connection.receive, connection.send), 10)
        return connection

    assert in_a_loop(ask()).status == 400


def test_requests_share_a_fixed_number_of_threads():
    names = set()

    def site(environ, start_response):
        names.add(threading.current_thread().name)
        start_response("200 OK", TEXT)
        return [b""]

    async def ask() -> None:
        bridge = Bridge(site, threads=2)
        many = [Connection() for _ in range(20)]
        await asyncio.gather(*(bridge(one.scope, one.receive, one.send) for one in many))

    in_a_loop(ask())
    assert len(names) <= 2


class Reply(list):
    """What Django returns: an iterable with more to it."""

    streaming = False
    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_long_reply_is_sent_from_the_thread_that_makes_it():
    threads = set()

    class Rows(Reply):
        streaming = True

        def __iter__(self):
            for _ in range(40):
                threads.add(threading.get_ident())
                yield b"x" * 20_000

    reply = Rows()

    def site(environ, start_response):
        start_response("200 OK", TEXT)
        return reply

    given = answer(site)
    assert given.body == b"x" * 800_000
    assert len(given.sent) < 10
    assert len(threads) == 1
    assert reply.closed


def test_an_application_that_fails_is_closed_and_the_error_reaches_the_server():
    class Broken(Reply):
        def __iter__(self):
            raise ValueError("no")

    reply = Broken()

    def site(environ, start_response):
        start_response("200 OK", TEXT)
        return reply

    with pytest.raises(ValueError):
        answer(site)
    assert reply.closed


class Frames(Reply):
    streaming = True

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        super().__init__()
        self.frames = frames


def test_frames_go_on_in_the_event_loop_without_a_thread():
    """More streams than threads, all open at once, and a page beside them."""
    open_now = []

    async def frames(start: asyncio.Event) -> AsyncIterator[bytes]:
        open_now.append(1)
        await start.wait()
        yield b"one"
        yield b"two"

    async def ask() -> list[Connection]:
        start = asyncio.Event()

        def site(environ, start_response):
            assert environ[STREAMS]
            start_response("200 OK", TEXT)
            return Frames(frames(start)) if environ["PATH_INFO"] == "/sse" else [b"page"]

        bridge = Bridge(site, threads=1)
        readers = [Connection(path="/sse") for _ in range(30)]
        streams = [
            asyncio.ensure_future(bridge(one.scope, one.receive, one.send)) for one in readers
        ]
        while len(open_now) < 30:
            await asyncio.sleep(0.01)
        page = Connection()
        await bridge(page.scope, page.receive, page.send)
        assert page.body == b"page"
        start.set()
        await asyncio.gather(*streams)
        return readers

    readers = in_a_loop(ask())
    assert {one.body for one in readers} == {b"onetwo"}


def test_a_reader_that_leaves_ends_its_frames():
    ended = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0.01)
        finally:
            ended.append(True)

    def site(environ, start_response):
        start_response("200 OK", TEXT)
        return Frames(endless())

    async def ask() -> None:
        connection = Connection()
        task = asyncio.ensure_future(
            Bridge(site)(connection.scope, connection.receive, connection.send)
        )
        while len(connection.sent) < 3:
            await asyncio.sleep(0.01)
        connection.gone.set()
        await task

    in_a_loop(ask())
    assert ended == [True]
