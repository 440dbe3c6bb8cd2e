"""Refuses a request that is larger than its address takes before it is received.

WSGI: by its Content-Length, before anything reads the body; Django reads no byte beyond that
number, and none of a body without it. The server answers at once and closes the connection.
ASGI: Django would spool a body of any size before it calls a view, so it is also counted as it
comes in.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from labs.domain.uploads import LARGEST_UPLOAD
from studyhub.api.problems import problem_page
from studyhub.base.errors import BodyTooLarge

# Around the file stand its name, the seed, and the form's own lines.
_UPLOAD = LARGEST_UPLOAD + 100_000
LIMITS: Mapping[str, int] = {
    "api-submissions": _UPLOAD,
    "api-check": _UPLOAD,
    "lab-submit": _UPLOAD,
    "lab-check": _UPLOAD,
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class bounded_bodies:
    """Stands before whatever reads forms: the check against forged ones is the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        limit = LIMITS.get(match.url_name or "") if match else None
        said = request.META.get("CONTENT_LENGTH") or ""
        if limit is None or not _exceeds(said, limit):
            return None
        refusal = BodyTooLarge(limit)
        if request.path.startswith("/api/"):
            detail = f"{refusal.message} {refusal.cure}"
            answer: HttpResponse = problem_page(request, refusal.status, detail, refusal.kind)
        else:
            answer = render(
                request, "studyhub/refused.html", {"refusal": refusal}, status=refusal.status
            )
        answer["Connection"] = "close"
        return answer


def _exceeds(said: str, limit: int) -> bool:
    return said.isascii() and said.isdigit() and (len(said) > 18 or int(said) > limit)


class _TooMuch(Exception):
    """More came in than the address takes."""


def bounded(application: Application) -> Application:
    """The ASGI application, with bodies counted while they come in."""

    async def counting(scope: Message, receive: Receive, send: Send) -> None:
        limit = _limit_of(scope["path"]) if scope["type"] == "http" else None
        if limit is None:
            await application(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"").decode("ascii", "replace")
        if _exceeds(said, limit):
            await _refuse(send, BodyTooLarge(limit))
            return
        came = 0
        began = False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                raise _TooMuch
            return message

        async def noted(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await application(scope, counted, noted)
        except _TooMuch:
            if not began:
                await _refuse(send, BodyTooLarge(limit))

    return counting


async def _refuse(send: Send, refusal: BodyTooLarge) -> None:
    body = f"{refusal.message} {refusal.cure}".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _limit_of(path: str) -> int | None:
    try:
        return LIMITS.get(resolve(path).url_name or "")
    except Resolver404:
        return None
