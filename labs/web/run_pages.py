"""A run's page, its part that refreshes, and the pictures of its mistakes."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from labs import selectors
from labs.web.curves_view import asked_choice
from labs.web.feedback import picture
from labs.web.related import MOST, prompts_of
from labs.web.run_view import run_view
from labs.web.standing_view import past_grades
from studyhub.base import clock


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
    related = prompts_of(run.lab, MOST)
    view = run_view(run, asked_choice(request.GET), related=related, now=clock.now())
    return {
        "here": "labs",
        "run": run,
        "view": view,
        "artefact": selectors.artefact_of(run),
        "grades": past_grades(selectors.grades_of(run), run) if view.result else [],
        "key": uuid.uuid4(),
        # A method: only asked where the page offers to compare.
        "has_others": selectors.runs_of(run.user, run.lab).exclude(pk=run.pk).exists,
    }
