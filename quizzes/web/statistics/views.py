"""The pages: all figures on one, and every fact on another."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
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

FACTS_A_PAGE = 100


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
        _facts(request, held.by_fact(studied.answers), asked),
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
    """All facts, the weakest first, a page at a time."""
    asked, titles = asked_in(request.GET), _titles()
    _known(asked.chapter, titles)
    now, chapter = clock.now(), asked.chapter or None
    studied = statistics.studied(request.user, now=now, days=asked.period_days, chapter=chapter)
    held = statistics.cards(request.user, now=now, chapter=chapter)
    found = held.by_fact(studied.answers)
    page = Paginator([each for each in found if each.begun], FACTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "figure": _facts_shown(request, found, page.object_list),
        "page": page,
        "before": _page_address(asked, page.number - 1) if page.has_previous() else "",
        "next": _page_address(asked, page.number + 1) if page.has_next() else "",
        "studied": studied,
        **_choices(asked, titles),
    }
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


def _page_address(asked: Asked, number: int) -> str:
    kept = asked.address()
    return f"{kept}{'&' if len(kept) > 1 else ''}page={number}"


def _facts(request: HttpRequest, found: Sequence[Mastery], asked: Asked) -> Figure:
    """The weakest, with the way to all."""
    begun = [each for each in found if each.begun]
    more = []
    if len(begun) > cards.SHOWN_FACTS:
        more.append(Cell("All facts", reverse("statistics-facts") + asked.address()))
    return _facts_shown(request, found, begun[: cards.SHOWN_FACTS], more)


def _facts_shown(
    request: HttpRequest,
    found: Sequence[Mastery],
    shown: Sequence[Mastery],
    more: Sequence[Cell] = (),
) -> Figure:
    examples = [each.example for each in shown if each.example]
    return cards.facts_figure(
        found,
        shown,
        content.selectors.sections_by_fact([each.subject for each in shown]),
        content.selectors.prompts_by_id(examples, viewer=request.user, retired=True),
        more,
    )
