"""The pages: all figures on one, and every fact on another."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

import content.selectors
from content.domain.errors import ContentNotFound
from quizzes.domain.statistics import Mastery, effort
from quizzes.selectors import statistics
from quizzes.selectors.statistics import OWN_CARDS
from quizzes.web.statistics import cards, load, recall
from quizzes.web.statistics.asked import AHEAD, PERIODS, Asked, asked_in
from quizzes.web.statistics.figure import Cell, Figure
from studyhub.base import clock


@login_required
@require_GET
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Every figure, for a period and a chapter or all."""
    asked, titles = asked_in(request.GET), _titles()
    _known(asked.chapter, titles)
    now = clock.now()
    chapter = asked.chapter or None
    studied = statistics.studied(request.user, now=now, days=asked.period_days, chapter=chapter)
    held = statistics.cards(request.user, now=now, chapter=chapter)
    spent = effort(studied.answers, studied.period)
    figures = [
        recall.retention_figure(studied),
        load.forecast_figure(
            held.forecast(asked.days_ahead), _pace(spent.seconds, spent.timed), _ahead(asked)
        ),
        load.year_figure(statistics.reviews_per_day(request.user, now=now, chapter=chapter)),
        load.effort_figure(studied, spent),
        cards.memory_figure(held.memories()),
        recall.calibration_figure(studied),
        cards.chapters_figure(
            held.by_chapter(studied.answers),
            titles,
            studied.desired_retention,
            lambda slug: asked.address(chapter=slug) + "#chapters",
        ),
        _facts(request, held.by_fact(studied.answers), asked, cards.SHOWN_FACTS),
        load.ratings_figure(studied),
        load.hours_figure(studied),
    ]
    context = {
        "figures": figures,
        "studied": studied,
        "cards": len(held.held),
        **_choices(asked, titles),
    }
    return render(request, "quizzes/statistics.html", context)


@login_required
@require_GET
@never_cache
def facts(request: HttpRequest) -> HttpResponse:
    """All facts, the weakest first."""
    asked, titles = asked_in(request.GET), _titles()
    _known(asked.chapter, titles)
    now, chapter = clock.now(), asked.chapter or None
    studied = statistics.studied(request.user, now=now, days=asked.period_days, chapter=chapter)
    held = statistics.cards(request.user, now=now, chapter=chapter)
    figure = _facts(request, held.by_fact(studied.answers), asked, None)
    context = {"figure": figure, "studied": studied, **_choices(asked, titles)}
    return render(request, "quizzes/statistics_facts.html", context)


def _titles() -> dict[str, str]:
    found = {each.slug: f"{each.number}. {each.title}" for each in content.selectors.chapters()}
    return {**found, OWN_CARDS: cards.OWN_TITLE}


def _known(chapter: str, titles: dict[str, str]) -> None:
    if chapter and chapter not in titles:
        raise ContentNotFound(
            f"There is no chapter {chapter!r}.", cure="Choose one of the list, or all."
        )


def _choices(asked: Asked, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "here": "statistics",
        "asked": asked,
        "periods": [
            (words, asked.address(days=days), days == asked.days) for days, words in PERIODS.items()
        ],
        "chapters": [(slug, title, slug == asked.chapter) for slug, title in titles.items()],
    }


def _ahead(asked: Asked) -> Sequence[Cell]:
    return [
        Cell(f"Look ahead {words.lower()}", asked.address(ahead=days) + "#forecast")
        for days, words in AHEAD.items()
        if days != asked.ahead
    ]


def _pace(seconds: float, timed: int) -> float | None:
    return seconds / timed if timed else None


def _facts(
    request: HttpRequest, found: Sequence[Mastery], asked: Asked, most: int | None
) -> Figure:
    shown = [each for each in found if each.begun][:most]
    examples = [each.example for each in shown if each.example]
    more = []
    if most is not None and sum(each.begun > 0 for each in found) > most:
        more.append(Cell("All facts", reverse("statistics-facts") + asked.address()))
    return cards.facts_figure(
        found,
        shown,
        content.selectors.sections_by_fact([each.subject for each in shown]),
        content.selectors.prompts_by_id(examples, viewer=request.user, retired=True),
        more,
    )
