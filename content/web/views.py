"""Pictures of the notes. Their names change with their content, so browsers keep them for ever."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from content import selectors

YEAR = 31_536_000


@require_safe
def figure(request: HttpRequest, chapter: str, name: str) -> HttpResponse:
    response = HttpResponse(selectors.figure(chapter, name), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response
