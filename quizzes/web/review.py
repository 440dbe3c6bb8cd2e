"""The review session: one card at a time, each answer kept before the next card comes.

Every act is a form post that works without script; the script sends the same forms and swaps the
desk. A form carries the id of the event that it makes, or takes back, so sending it again changes
nothing. A round of practice uses the same desk; its forms carry the round's own query.
"""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quizzes import services
from quizzes.domain.answers import check
from quizzes.domain.errors import AnswerFormatError, EventInvalid
from quizzes.domain.events import Kind
from quizzes.selectors.acts import last_acts
from quizzes.services.marks import mark_card
from quizzes.services.practice import practise
from quizzes.services.undo import undo as take_back
from quizzes.web.desk import desk, prompt_of, shown_card
from quizzes.web.devices import answering, as_uuid, device
from quizzes.web.inputs import field_context, given_in
from quizzes.web.rounds import Round, narrowed, round_of
from studyhub.base import clock

ACTS_SHOWN = 30


@login_required
@require_GET
@never_cache
def review(request: HttpRequest) -> HttpResponse:
    """The next card, the end of the session, or that nothing is due; `deck` or `chapter` in the
    address hold it to those."""
    return desk(
        request,
        narrowed(request.GET, clock.now()),
        wanted=request.GET.get("card", ""),
        extra={"shown": request.GET.get("shown") == "1"},
        undone=request.GET.get("undone") == "1",
    )


@login_required
@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    rating = _rating(request.POST.get("rating", ""))
    prompt_id = request.POST.get("prompt", "")
    played = _round(request)
    words = answering(request)
    words |= {"rating": rating, "now": clock.now()}
    try:
        if played is not None and not played.counts:
            practise(request.user, prompt_id, mode=played.mode, **words)
        else:
            services.review_prompt(request.user, prompt_id, **words)
    except EventInvalid as refusal:
        raise EventInvalid(
            "This answer cannot be kept.", cure="The card may be gone by now. Go on with the next."
        ) from refusal
    return redirect(_desk_url(played))


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Takes back the act that the form names, and shows its card again."""
    played = _round(request)
    event = as_uuid(request.POST.get("event", ""))
    taken = None
    if event is not None:
        taken = take_back(request.user, event_id=event, device=device(request), now=clock.now())
    if request.POST.get("then") == "acts":
        return redirect("review-acts")
    if request.POST.get("then") == "card" and taken is not None:
        return redirect("card", taken.act.prompt)
    if taken is None or (played is not None and not played.of_today):
        return redirect(_desk_url(played))
    only = {"card": taken.act.prompt} if taken.act.cards == 1 else {}
    return redirect(_desk_url(played, **only, undone="1"))


@login_required
@require_GET
@never_cache
def acts(request: HttpRequest) -> HttpResponse:
    """Everything of this study day that can still be taken back."""
    found = last_acts(request.user, now=clock.now(), limit=ACTS_SHOWN)
    return render(request, "quizzes/acts.html", {"here": "review", "acts": found})


@login_required
@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Flags, suspends, buries, resets a card or sets its date: the button pressed says which."""
    asked = request.POST.get("mark", "")
    prompt_id = request.POST.get("prompt", "")
    if asked not in ("flag", "unflag", "suspend", "unsuspend", "bury", "reset", "set_due"):
        raise EventInvalid("Nothing was chosen.", cure="Go back and press one of the buttons.")
    if asked == "reset" and request.POST.get("sure") != "yes":
        raise EventInvalid(
            "Beginning anew forgets what the schedule knows of this card.",
            cure="Go back and tick the box to confirm it.",
        )
    mark_card(
        request.user,
        prompt_id,
        Kind("flag" if asked == "unflag" else asked),
        device=device(request),
        now=clock.now(),
        event_id=as_uuid(request.POST.get("event", "")),
        flag=0 if asked == "unflag" else 1,
        due=_day(request.POST.get("due", "")) if asked == "set_due" else None,
    )
    if request.POST.get("then") == "card":
        return redirect("card", prompt_id)
    if request.POST.get("then") == "leeches":
        return redirect("leeches")
    played = _round(request)
    stays = asked in ("flag", "unflag") and (played is None or played.of_today)
    return redirect(_desk_url(played, **({"card": prompt_id} if stays else {})))


@login_required
@require_POST
def check_answer(request: HttpRequest) -> HttpResponse:
    """Shows whether the answer is right. Nothing is kept: the learner rates it next."""
    now = clock.now()
    played = _round(request)
    card = shown_card(request.user, played, request.POST.get("prompt", ""), now)
    if card is None:
        return redirect(_desk_url(played))
    prompt = card.prompt
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
    return desk(request, played, wanted=prompt_of(card), extra=extra)


def _round(request: HttpRequest) -> Round | None:
    query = request.POST.get("round", "")
    return round_of(query, clock.now()) if query else None


def _desk_url(played: Round | None, **also: str) -> str:
    if played is not None:
        return played.url(**also)
    return reverse("review") + (f"?{urlencode(also)}" if also else "")


def _rating(text: str) -> int:
    if text not in ("1", "2", "3", "4"):
        raise EventInvalid("No rating was chosen.", cure="Choose Again, Hard, Good or Easy.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
