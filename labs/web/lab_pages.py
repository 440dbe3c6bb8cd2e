"""The list of labs, a lab's page, handing in, and bringing its data."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from labs import selectors, services
from labs.domain.errors import LabsError
from labs.domain.uploads import LARGEST_UPLOAD, LIMITS, Upload
from labs.web import lab_view
from labs.web.bar import bar_of, drawn, metric_name
from labs.web.brief import with_hints_folded
from labs.web.form_keys import form_key
from labs.web.live_view import ahead_words
from labs.web.related import chapter_of, prompts_of
from labs.web.run_words import headline
from labs.web.standing_view import class_of
from studyhub.base import clock

REFUSED, CHECKED = "refused-file", "checked-file"
RUNS_AT_ONCE, PLACES = 20, 20


@login_required
@require_GET
def labs(request: HttpRequest) -> HttpResponse:
    best = selectors.best_runs(request.user)
    started = selectors.labs_tried(request.user)
    rows = [
        lab_view.shelf_row(lab, best.get(lab.slug), started=lab.pk in started)
        for lab in selectors.labs()
    ]
    return render(request, "labs/labs.html", {"here": "labs", "labs": rows})


@login_required
@require_GET
@never_cache
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    shown = selectors.lab(slug)
    now = clock.now()
    runs = selectors.runs_of(request.user, shown)
    listed, older = _page_of(runs, request.GET.get("before", ""))
    best = selectors.best_runs(request.user).get(slug)
    lives = [run for run in runs[:RUNS_AT_ONCE] if lab_view.is_live(run)]
    # Runs are newest first, and the one that was handed in first is the furthest.
    live = lives[-1] if lives else None
    you = lab_view.metric_value(best.grade.metrics, shown.thresholds) if best is not None else None
    bar = bar_of(shown.thresholds, shown.spread, you)
    sets = lab_view.data_views(shown.data, settings.DATA_DIR, asked=shown.slug)
    room = selectors.room_for(request.user, shown, now=now)
    board = selectors.board(shown, request.user, limit=PLACES)
    context = {
        "here": "labs",
        "lab": shown,
        "chapter": chapter_of(shown),
        "prompts": prompts_of(shown),
        "brief": with_hints_folded(shown.brief_html),
        "datasets": sets,
        "fetching": any(data.fetching for data in sets),
        "lacks": [lack for lack in services.lacks(shown) if lack.data_set is None],
        "ready": all(data.here for data in sets),
        "facts": lab_view.facts(shown, room.quota),
        "metric": metric_name(shown.thresholds),
        "bar_svg": drawn(bar, shown.thresholds),
        "bar_note": lab_view.bar_note(shown, bar),
        "key": uuid.uuid4(),
        "limits_json": json.dumps({str(kind): most for kind, most in LIMITS.items()}),
        "queue_words": ahead_words(
            len(selectors.queue_positions(shown.device)),
            selectors.runs_at_work(shown.device),
            "you",
        ),
        "room": room,
        "quota_words": lab_view.quota_words(room, now=now),
        "live_run": live,
        "live_words": headline(live.pk, live.state) if live is not None else "",
        "runs": lab_view.run_rows(listed, best, shown.spread),
        "older": older,
        "board": board,
        "places": lab_view.place_rows(board, shown),
        "anonymous": selectors.is_anonymous(request.user, shown),
        "others": class_of(shown, best.grade.score if best else None, whose="Your best score"),
        "refused": request.session.pop(REFUSED, None),
        "check": request.session.pop(CHECKED, None),
    }
    return render(request, "labs/lab.html", context)


def _page_of(runs: Any, before: str) -> tuple[list[Any], int | None]:
    """Some runs from the newest on, or older than `before`; and where the next older ones begin."""
    if before.isascii() and before.isdigit() and len(before) < 10:
        runs = runs.filter(pk__lt=int(before))
    listed = list(runs[: RUNS_AT_ONCE + 1])
    if len(listed) <= RUNS_AT_ONCE:
        return listed, None
    return listed[:RUNS_AT_ONCE], listed[RUNS_AT_ONCE - 1].pk


@login_required
@require_POST
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Queues the file and opens its run; a refused file comes back with the reason."""
    upload = sent_upload(request)
    try:
        run = services.submit(
            request.user, slug, upload, now=clock.now(), key=form_key(request.POST.get("key", ""))
        )
    except LabsError as refused:
        if refused.status == 404:
            raise
        request.session[REFUSED] = {
            "message": refused.message,
            "cure": refused.cure,
            "errors": refused.errors,
        }
        return redirect(reverse("lab", args=(slug,)) + "#send")
    return redirect("run", run.pk)


@login_required
@require_GET
def starter(request: HttpRequest, slug: str) -> HttpResponse:
    response = HttpResponse(selectors.lab(slug).starter, content_type="text/x-python")
    response["Content-Disposition"] = 'attachment; filename="solution.py"'
    return response


@login_required
@require_POST
def fetch(request: HttpRequest, slug: str, data: str) -> HttpResponse:
    services.request_fetch(data, now=clock.now())
    return redirect("lab", slug)


def sent_upload(request: HttpRequest) -> Upload:
    """The form's file; one without a name and bytes where none was chosen."""
    sent = request.FILES.get("file")
    if sent is None:
        return Upload(name="", content=b"")
    # One byte more than any kind may have is enough for the domain to refuse it.
    return Upload(name=sent.name or "", content=sent.read(LARGEST_UPLOAD + 1))


@login_required
@require_POST
def appear(request: HttpRequest, slug: str) -> HttpResponse:
    """With one's name or without it on this lab's leaderboard."""
    anonymous = request.POST.get("anonymous") == "1"
    services.choose_anonymous(request.user, slug, anonymous=anonymous, now=clock.now())
    return redirect(reverse("lab", args=(slug,)) + "#board")
