"""One card's page: its question, its state in words, all that happened to it, and what to do."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quizzes.domain.events import Kind, Reason
from quizzes.domain.undo import CRAM, PREVIEW, QUIZ, said
from quizzes.selectors.acts import due_day
from quizzes.selectors.card_history import CardHistory, HistoryRow, card_history
from quizzes.services.leeches import keep_leech
from quizzes.services.marks import mark_chapter
from quizzes.web.devices import as_uuid, device
from quizzes.web.review_card import place_of
from studyhub.base import clock, words
from studyhub.base.charts.marks import percent
from studyhub.base.charts.recall import recall_curve

POINTS = 24
#: On the day of a review there is nothing to predict.
SURE = 0.995
TABLE_ROWS = 12
REASONS = {
    Reason.BALANCE: "to even out the days",
    Reason.EASY_DAY: "for an easy day",
    Reason.BREAK: "for a break",
    Reason.BACKLOG: "to spread a backlog",
    Reason.EXAM: "for an exam",
    Reason.RESCHEDULE: "with new settings",
    Reason.LEARNER: "",
    "leech": "because it was missed so often",
    QUIZ: "in a quiz",
    CRAM: "in a round of practice",
    PREVIEW: "as a preview",
}


@login_required
@require_GET
@never_cache
def card(request: HttpRequest, prompt_id: str) -> HttpResponse:
    now = clock.now()
    found = card_history(request.user, prompt_id, now=now)
    context = {
        "here": "review",
        "card": found,
        "prompt": found.prompt,
        "section": place_of(found.prompt),
        "state": _state(found, now),
        "facts": _facts(found),
        "rows": [_row(row) for row in found.rows],
        "event": uuid.uuid4(),
        "today": timezone.localdate(now),
        "tomorrow": timezone.localdate(now) + timedelta(days=1),
        "retention": _retention(found, now),
    }
    return render(request, "quizzes/card_page.html", context)


@login_required
@require_POST
def keep(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """Goes on with a leech as it is."""
    keep_leech(request.user, prompt_id)
    return redirect("leeches")


@login_required
@require_http_methods(["GET", "POST"])
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Suspends, brings back or puts off all of one's cards of a chapter, as one act; read instead
    of sent, the address leads to their review."""
    if request.method == "GET":
        return redirect(f"{reverse('review')}?{urlencode({'chapter': slug})}")
    asked = request.POST.get("mark", "")
    mark_chapter(
        request.user,
        slug,
        Kind(asked) if asked in set(Kind) else Kind.REVIEW,
        device=device(request),
        now=clock.now(),
        act_id=as_uuid(request.POST.get("event", "")) or uuid.uuid4(),
    )
    return redirect("review-acts")


def _state(found: CardHistory, now: datetime) -> str:
    """The card's state as a sentence or two."""
    view, here = found.view, timezone.localtime(now)
    parts = []
    if view.suspended:
        parts.append("Suspended: it does not come up until you bring it back.")
    elif view.buried_until is not None and view.buried_until > now:
        parts.append(f"Put off: it rests until {_when(view.buried_until, here)}.")
    if view.phase == "new":
        parts.append("New: you have not answered it in a review yet.")
    elif view.due is not None and view.due <= now:
        parts.append("It is due now.")
    elif view.due is not None:
        verb = "Learning; it comes back" if view.phase != "review" else "It comes back"
        parts.append(f"{verb} {_when(view.due, here)}.")
    recall = view.retrievability
    if recall is not None and recall < SURE and view.phase == "review":
        parts.append(f"Today you would recall it with {percent(recall, 0)} chance.")
    if view.lapses:
        times = "once" if view.lapses == 1 else f"{view.lapses} times"
        parts.append(f"Missed {times} after it was learned.")
    return " ".join(parts)


def _when(moment: datetime, here: datetime) -> str:
    return words.due(timezone.localtime(moment), here)


def _facts(found: CardHistory) -> list[tuple[str, str]]:
    view = found.view
    facts = [("Answered", words.counted(view.reps, "time"))]
    if view.stability is not None:
        facts.append(("Stability", f"{words.span(86400 * view.stability)} until 90 % are recalled"))
    if view.difficulty is not None:
        facts.append(("Difficulty", f"{view.difficulty:.1f} of 10"))
    if view.due is not None and view.due_base is not None and view.due != view.due_base:
        base = timezone.localtime(view.due_base)
        facts.append(("Moved", f"the schedule alone would say {words.short_day(base)} {base:%Y}"))
    return facts


def _row(row: HistoryRow) -> dict[str, Any]:
    event = row.event
    what = said(event.kind, rating=event.rating, flag=event.flag, cards=1, day=due_day(event))
    why = REASONS.get(event.reason, "")
    after = ""
    if row.due is not None and event.kind in (Kind.REVIEW, Kind.SET_DUE):
        after = words.span((row.due - event.effective_at).total_seconds())
    return {
        "at": event.effective_at,
        "what": f"{what} {why}".strip(),
        "seconds": event.duration_ms / 1000 if event.duration_ms else None,
        "after": after,
        "version": event.version,
        "voided": row.voided,
    }


def _retention(found: CardHistory, now: datetime) -> dict[str, Any] | None:
    """The curve, and the same as rows of (day, recall)."""
    if not found.stretches or found.first_day is None or found.view.phase == "new":
        return None
    last = found.stretches[-1]
    due = found.view.due
    ahead = last.end
    if due is not None:
        ahead = max(ahead, (timezone.localdate(due) - found.first_day).days)
    length = max(float(ahead), last.end * 1.1, 1.0)
    falls = []
    for stretch in found.stretches:
        end = float(stretch.end) if stretch is not last else length
        # It falls fastest at first, so the points lie closest there.
        days = [
            stretch.start + (end - stretch.start) * (n / POINTS) ** 2 for n in range(POINTS + 1)
        ]
        falls.append([(day, stretch.recall(day, found.weights)) for day in days])
    today = float(last.end)
    recall = last.recall(today, found.weights)
    said = f"Predicted recall since the first review: {percent(recall, 0)} today"
    svg = recall_curve(
        falls,
        said,
        days=length,
        today=today,
        aim=found.desired,
        ends=(words.short_day(found.first_day), _end(found, length)),
    )
    shown = found.stretches[-TABLE_ROWS:]
    rows = [
        (
            found.first_day + timedelta(days=stretch.start),
            words.span(86400 * stretch.stability),
            percent(stretch.recall(stretch.end, found.weights), 0),
        )
        for stretch in shown
    ]
    return {"svg": svg, "rows": rows[::-1], "aim": percent(found.desired, 0)}


def _end(found: CardHistory, length: float) -> str:
    assert found.first_day is not None
    return words.short_day(found.first_day + timedelta(days=round(length)))
