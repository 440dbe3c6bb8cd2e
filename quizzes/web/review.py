"""The review session: one card at a time, each answer kept before the next card comes.

Every act is a form post that works without script; the script sends the same forms and swaps the
desk. A form carries the id of the event that it makes, so sending it again changes nothing.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from content.selectors import prompt_by_id, prompts_by_id
from quizzes import selectors, services
from quizzes.domain.answers import check
from quizzes.domain.errors import AnswerFormatError, EventInvalid
from quizzes.web.devices import answering, mark
from quizzes.web.inputs import field_context, given_in
from quizzes.web.review_card import card_context, finished_context
from quizzes.web.sitting import Sitting
from studyhub.base import clock

LIMIT = 50


@login_required
@require_GET
@never_cache
def review(request: HttpRequest) -> HttpResponse:
    """The next card, the end of the session, or that nothing is due."""
    return _desk(
        request,
        wanted=request.GET.get("card", ""),
        extra={"shown": request.GET.get("shown") == "1"},
    )


@login_required
@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    rating = _rating(request.POST.get("rating", ""))
    prompt_id = request.POST.get("prompt", "")
    now = clock.now()
    words = answering(request)
    card = services.review_prompt(request.user, prompt_id, rating=rating, now=now, **words)
    if card is not None:
        sitting = Sitting.of(request, now)
        sitting.rated(words["event_id"], prompt_id, rating, card.due, now)
        sitting.keep(request)
    return redirect("review")


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Takes the last act back and shows its card again. A form that was sent before is ignored."""
    now = clock.now()
    sitting = Sitting.of(request, now)
    if not sitting.is_last(request.POST.get("event", "")):
        return redirect("review")
    prompt_id = services.undo_last(request.user, device=answering(request)["device"], now=now)
    sitting.taken_back(prompt_id is not None)
    sitting.keep(request)
    return redirect(reverse("review") + (f"?card={prompt_id}" if prompt_id else ""))


@login_required
@require_POST
def flag(request: HttpRequest) -> HttpResponse:
    prompt_id = request.POST.get("prompt", "")
    now = clock.now()
    states = selectors.card_states(request.user, [prompt_id], now=now)
    flagged = prompt_id in states and states[prompt_id].flag > 0
    _record(request, mark(request, "flag", prompt_id, now, flag=0 if flagged else 1))
    sitting = Sitting.of(request, now)
    said = "Flag taken off." if flagged else "Flagged."
    sitting.marked(request.POST.get("event", ""), said)
    sitting.keep(request)
    return redirect(reverse("review") + f"?card={prompt_id}")


@login_required
@require_POST
def suspend(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    _record(request, mark(request, "suspend", request.POST.get("prompt", ""), now))
    sitting = Sitting.of(request, now)
    sitting.marked(request.POST.get("event", ""), "Suspended until you take it back.")
    sitting.keep(request)
    return redirect("review")


@login_required
@require_POST
def check_answer(request: HttpRequest) -> HttpResponse:
    """Shows whether the answer is right. Nothing is kept: the learner rates it next."""
    prompt = prompt_by_id(request.POST.get("prompt", ""), request.user)
    given = None if request.POST.get("skip") else given_in(prompt.kind, request.POST, prompt)
    extra: dict[str, Any] = {}
    try:
        verdict = None if given is None else check(prompt.right_answer(), given, prompt.kind)
    except AnswerFormatError as problem:
        extra = {"problem": problem.message, **field_context(prompt, given)}
    else:
        correct = verdict is not None and verdict.correct
        extra = {
            "shown": True,
            "verdict": {"correct": correct, "message": verdict.message if verdict else ""},
            "given": given,
        }
    return _desk(request, wanted=prompt.pk, extra=extra)


def _record(request: HttpRequest, payload: dict[str, Any]) -> None:
    recorded = services.record_events(request.user, [payload], now=clock.now())
    if recorded.results[0].status == "invalid":
        raise EventInvalid("This card cannot be marked.", cure=recorded.results[0].reason)


def _desk(request: HttpRequest, *, wanted: str, extra: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    sitting = Sitting.of(request, now)
    session = selectors.session(request.user, now=now, limit=LIMIT)
    context: dict[str, Any] = {"here": "review", **sitting.context()}
    chosen = next((card for card in session.cards if card.prompt.pk == wanted), None)
    card = chosen or (session.cards[0] if session.cards else None)
    if card is not None:
        if chosen is None:
            extra = {}
        context |= card_context(card, session, sitting, extra)
        return render(request, "quizzes/desk.html", {**context, "desk": "quizzes/card.html"})
    if sitting.done:
        missed = list(prompts_by_id(sitting.missed, request.user).values())
        context |= finished_context(request.user, sitting, session, missed, now)
        return render(request, "quizzes/desk.html", {**context, "desk": "quizzes/finished.html"})
    cards = selectors.stats(request.user, now=now).counts["all"]
    context |= {"cards": cards, "next_due": session.next_due, "desk": "quizzes/nothing.html"}
    return render(request, "quizzes/desk.html", context)


def _rating(text: str) -> int:
    if text not in ("1", "2", "3", "4"):
        raise EventInvalid("No rating was chosen.", cure="Choose Again, Hard, Good or Easy.")
    return int(text)
