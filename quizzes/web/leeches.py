"""Cards that are missed again and again, with what may help more than another try."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from quizzes.selectors import leeches as found
from quizzes.web.review_card import place_of


@login_required
@require_GET
@never_cache
def leeches(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    page, more = found.leeches(user, after=_place(request.GET.get("after", "")))
    rows = [
        {
            "leech": leech,
            "section": place_of(leech.prompt),
            "own": leech.prompt.owner_id == user.pk,
            "event": uuid.uuid4(),
        }
        for leech in page
    ]
    context = {"here": "review", "rows": rows, "more": f"{more[0]}-{more[1]}" if more else ""}
    return render(request, "quizzes/leeches.html", context)


def _place(text: str) -> tuple[int, int] | None:
    lapses, _, card = text.partition("-")
    if all(part.isascii() and part.isdigit() and len(part) < 18 for part in (lapses, card)):
        return int(lapses), int(card)
    return None
