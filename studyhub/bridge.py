"""The site under an ASGI server: pages and API in threads, streams in the event loop.

Django's own ASGI handler makes a thread for each request, and keeps it as long as the request
lasts. Here requests take turns in a fixed number of threads, as under a WSGI server, and the WSGI
application answers them. A reply with `frames` (an async iterator of bytes) leaves its thread and
goes on in the event loop, where a thousand of them cost a thousand coroutines.
"""

import asyncio
import contextlib
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: In the environ of requests that may be answered with `frames`.
STREAMS = "studyhub.streams"
THREADS = 16
_AT_ONCE = 256 * 1024  # bytes of a long reply that are handed to the event loop together
_SMALL_BODY = 1 << 20  # a request's body up to here is read before a thread is taken

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Bridge:
    """An ASGI application around a WSGI application."""

    def __init__(self, application: Application, *, threads: int = THREADS) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="site")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        body = _Body(loop, receive)
        if not await body.begin():
            # Gone, or its body was no HTTP, and the server would answer the latter with 500.
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        exchange = _Exchange(loop, send)
        environ = _environ(scope, body)
        frames = await loop.run_in_executor(self._threads, exchange.run, self._application, environ)
        if frames is not None:
            await _stream(exchange, frames, body)
        elif not exchange.sent:
            await exchange.begin()
            await send({"type": "http.response.body", "body": exchange.body})


class _Exchange:
    """One call of the WSGI application, made in a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop = loop
        self._send = send
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.sent = False  # the thread has sent all of it

    def run(self, application: Application, environ: dict[str, Any]) -> AsyncIterator[bytes] | None:
        """What is to be streamed; None where the reply is in `body`, or `sent`."""
        reply = application(environ, self._start_response)
        try:
            frames: AsyncIterator[bytes] | None = getattr(reply, "frames", None)
            if frames is None and getattr(reply, "streaming", False):
                self._send_on(reply)
            elif frames is None:
                self.body = b"".join(reply)
            return frames
        finally:
            close = getattr(reply, "close", None)
            if close is not None:
                close()

    async def begin(self) -> None:
        await self._send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )

    async def send(self, data: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        self._status = int(status.split(" ", 1)[0])
        self._headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return lambda data: None

    def _send_on(self, reply: Iterable[bytes]) -> None:
        """A long reply from the thread that makes it: its database connection belongs there."""
        self.sent = True
        self._wait(self.begin())
        parts, size = [], 0
        for part in reply:
            parts.append(part)
            size += len(part)
            if size >= _AT_ONCE:
                self._wait(self.send(b"".join(parts), more=True))
                parts, size = [], 0
        self._wait(self.send(b"".join(parts), more=False))

    def _wait(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result()


async def _stream(exchange: _Exchange, frames: AsyncIterator[bytes], body: "_Body") -> None:
    """Sends until the frames end or the reader goes away."""
    await exchange.begin()

    async def send_all() -> None:
        async with contextlib.aclosing(frames) as each:  # type: ignore[type-var]  # a generator
            async for data in each:
                await exchange.send(data, more=True)
        await exchange.send(b"", more=False)

    sending = asyncio.ensure_future(send_all())
    leaving = asyncio.ensure_future(body.left())
    _, unfinished = await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(sending, leaving, return_exceptions=True)


class _Body(io.RawIOBase):
    """A request's body: its beginning is here, the rest comes when the view asks for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
        super().__init__()
        self._loop = loop
        self._receive = receive
        self._here = bytearray()
        self._more = True

    async def begin(self) -> bool:
        """False where the client went away."""
        while self._more and len(self._here) < _SMALL_BODY:
            if not await self._next():
                return False
        return True

    async def left(self) -> None:
        """Returns when the client goes away."""
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _next(self) -> bool:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._more = False
            return False
        self._here += message.get("body", b"")
        self._more = message.get("more_body", False)
        return True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._more and not self._here:
            asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        count = min(len(buffer), len(self._here))
        buffer[:count] = self._here[:count]
        del self._here[:count]
        return count


def _environ(scope: Mapping[str, Any], body: _Body) -> dict[str, Any]:
    """As PEP 3333 wants it: text is bytes, decoded as Latin-1."""
    server = scope.get("server") or ("", None)
    client = scope.get("client") or ("", None)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1] or 0),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BufferedReader(body, 1 << 16),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        STREAMS: True,
    }
    for name, value in scope["headers"]:
        # With an underscore it could pass for another header, whose name has a hyphen there.
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    return environ


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{kind}.complete"})
        if kind == "shutdown":
            return
