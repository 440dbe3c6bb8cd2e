"""Refuses a request that is larger than its address takes before it is received.

It goes by Content-Length, before anything reads the body. Django reads no byte beyond that number,
and none of a body that comes without one. The server has taken one megabyte by then at most, and
closes the connection.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
