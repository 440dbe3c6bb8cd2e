"""Pictures that a run's own code drew: shown as images only, never as part of a page."""

from collections.abc import Iterable
from dataclasses import dataclass

from csp.decorators import csp
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from labs import selectors

SHOWN = 12
# The SVG is the learner's: opened by itself it may style its shapes, and do nothing else.
_ALONE = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "sandbox": True,
}


@dataclass(frozen=True)
class Picture:
    name: str
    url: str


def pictures(run_id: int, figures: Iterable[tuple[int, str]]) -> list[Picture]:
    """The newest picture of each name, in the order in which the names first came.

    `figures` are numbers and names in order.
    """
    newest = {name: seq for seq, name in figures}
    return [
        Picture(name or "A figure without a name", reverse("run-figure", args=(run_id, seq)))
        for name, seq in list(newest.items())[:SHOWN]
    ]


@login_required
@require_GET
@csp(_ALONE)
def run_figure(request: HttpRequest, run_id: int, seq: int) -> HttpResponse:
    run = selectors.run_for(request.user, run_id)
    page = selectors.run_events(run.pk, after=seq - 1, limit=1)
    event = page.events[0] if page.events else None
    if event is None or event.seq != seq or event.kind != "figure":
        raise Http404
    response = HttpResponse(event.data["svg"], content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=604800, immutable"
    return response
