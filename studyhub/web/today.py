"""Today: what to do next and why, and where you stand."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

import content.selectors
import labs.selectors
import quizzes.selectors
from quizzes.selectors.leeches import leech_count
from quizzes.selectors.plans import plan_settings
from studyhub.base import clock
from studyhub.web.plan import Reading, Standing, next_reading, plan, prompts_in
from studyhub.web.planned import planned
from studyhub.web.standing import charts, stand_rows

# Only so many chapters are looked into for what to read next: each costs three queries.
LOOKED_INTO = 4


@login_required
@require_GET
@never_cache
def today(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    recall = quizzes.selectors.chapter_recall(request.user, now=now)
    session = quizzes.selectors.session(request.user, now=now, limit=0)
    stats = quizzes.selectors.stats(request.user, now=now)
    chapters = list(content.selectors.chapters())
    labs_there = list(labs.selectors.labs())
    best = labs.selectors.best_runs(request.user)
    started = labs.selectors.labs_tried(request.user)
    standing = Standing(
        chapters=chapters,
        recall=recall,
        due=session.counts["due"],
        new=session.counts["new"],
        next_due=session.next_due,
        break_until=session.break_until,
        cards=stats.counts["all"],
        labs=labs_there,
        best=best,
        started=started,
    )
    context = {
        "here": "today",
        "today": timezone.localdate(now),
        **plan(standing, _reading(request, standing), now),
        "cards": standing.cards,
        "settings": plan_settings(request.user),
        "planned": planned(request.user, session, now),
        "stand": stand_rows(standing),
        "leeches": leech_count(request.user),
        **charts(stats),
    }
    return render(request, "studyhub/today.html", context)


def _reading(request: HttpRequest, standing: Standing) -> Reading | None:
    for begun in standing.in_reading_order()[:LOOKED_INTO]:
        chapter = content.selectors.chapter_text(begun.slug)
        answered = quizzes.selectors.answered_among(request.user, prompts_in(chapter))
        if reading := next_reading(chapter, answered):
            return reading
    return None
