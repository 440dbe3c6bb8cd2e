"""A run's page, its part that refreshes, stopping it, and the pictures of its mistakes."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from labs import selectors, services
from labs.web.feedback import picture
from labs.web.related import prompts_of
from labs.web.run_view import run_view
from studyhub.base import clock

ALL_EVENTS = 10_000


@login_required
@require_GET
@never_cache
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    return render(request, "labs/run.html", _context(request, run_id))


@login_required
@require_GET
@never_cache
def run_part(request: HttpRequest, run_id: int) -> HttpResponse:
    """The panel alone, for the script that swaps it in."""
    return render(request, "labs/run_panel.html", _context(request, run_id))


@login_required
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    services.cancel(request.user, run_id, now=clock.now())
    return redirect("run", run_id)


@login_required
@require_GET
def worst_picture(request: HttpRequest, run_id: int, place: int) -> HttpResponse:
    run = selectors.run_for(request.user, run_id)
    grade = getattr(run, "grade", None)
    png = picture(grade.feedback, place) if grade is not None else None
    if png is None:
        raise Http404
    response = HttpResponse(png, content_type="image/png")
    response["Cache-Control"] = "private, max-age=604800, immutable"
    return response


def _context(request: HttpRequest, run_id: int) -> dict[str, object]:
    run = selectors.run_for(request.user, run_id)
    events = selectors.run_events(run.pk, after=0, limit=ALL_EVENTS).events
    view = run_view(
        run,
        events,
        position=selectors.queue_position(run),
        wait=selectors.wait_estimate(run),
        related=prompts_of(run.lab),
    )
    return {"here": "labs", "run": run, "view": view}
