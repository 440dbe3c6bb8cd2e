"""The look at a file before it is handed in: what is wrong with it, and what was left out."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from labs import services
from labs.web.lab_pages import CHECKED, sent_upload

MOST_FINDINGS, MOST_DROPPED, MOST_FILES = 20, 200, 30


@login_required
@require_POST
@never_cache
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is stored or run. The script gets the answer alone, a plain form the lab's page."""
    upload = sent_upload(request)
    told = _told(upload.name, services.check(slug, upload))
    if request.headers.get("X-Requested-With") == "fetch":
        return render(request, "labs/check.html", {"check": told})
    request.session[CHECKED] = told
    return redirect(reverse("lab", args=(slug,)) + "#send")


def _told(name: str, found: Any) -> dict[str, Any]:
    """As plain values, which a session can keep; lists are cut, and how much was cut is told."""
    return {
        "name": name,
        "ok": found.ok,
        "problems": _findings(found.problems),
        "warnings": _findings(found.warnings),
        "dropped": [asdict(line) for line in found.dropped[:MOST_DROPPED]],
        "dropped_count": len(found.dropped),
        "files": list(found.files[:MOST_FILES]),
        "file_count": len(found.files),
    }


def _findings(found: Sequence[Any]) -> list[dict[str, Any]]:
    """A cure that several in a row share stands below the last of them."""
    shown = [asdict(one) for one in found[:MOST_FINDINGS]]
    for one, following in pairwise(shown):
        if one["cure"] == following["cure"]:
            one["cure"] = ""
    return shown
