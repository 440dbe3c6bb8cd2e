"""Rounds beside the schedule: choosing one, and going through it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from content.selectors import chapters
from quizzes import selectors
from quizzes.selectors.decks import decks
from quizzes.selectors.practice import AHEAD_DAYS, What
from quizzes.web.desk import desk
from quizzes.web.rounds import AHEAD, NAMES, round_of
from studyhub.base import clock


@login_required
@require_GET
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Which cards, of which chapters or of which deck."""
    now = clock.now()
    recall = selectors.chapter_recall(request.user, now=now)
    mine: list[dict[str, Any]] = [
        {"chapter": chapter, "cards": recall[chapter.slug].cards}
        for chapter in chapters()
        if chapter.slug in recall and recall[chapter.slug].cards
    ]
    context = {
        "here": "review",
        "chapters": mine,
        "decks": [deck for deck in decks(request.user, now=now) if deck.cards],
        "kinds": [(what.value, NAMES[what]) for what in What],
        "ahead": AHEAD,
        "days": AHEAD_DAYS,
        "chosen": round_of(request.GET, now),
        "since": int(now.timestamp() * 1000),
    }
    return render(request, "quizzes/cram.html", context)


@login_required
@require_GET
@never_cache
def go(request: HttpRequest) -> HttpResponse:
    """The next card of the round in the address, or its end."""
    return desk(
        request,
        round_of(request.GET, clock.now()),
        wanted=request.GET.get("card", ""),
        extra={"shown": request.GET.get("shown") == "1"},
    )
