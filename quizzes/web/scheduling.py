"""Scheduling: how well to remember and what it costs, fits, due dates set anew."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from quizzes import services
from quizzes.domain.errors import FitFailed, SchedulingInvalid
from quizzes.selectors.fits import fits_of
from quizzes.web.devices import device
from quizzes.web.scheduling_forms import asked_in
from quizzes.web.scheduling_view import scheduling_context
from studyhub.base import clock, words

#: In the browser's session: the fit that it asked for, whose end it is told.
ASKED, TOLD_SECONDS = "fit", 3600


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def scheduling(request: HttpRequest) -> HttpResponse:
    """All settings with what they cost; a POST keeps them."""
    refusal = None
    if request.method == "POST":
        try:
            services.set_scheduling(
                request.user, asked_in(request.POST), now=clock.now(), device=device(request)
            )
        except SchedulingInvalid as problem:
            refusal = problem
        else:
            messages.success(request, "Kept. It holds from your next answer on.")
            return redirect("scheduling")
    typed = request.POST.dict() if refusal else {}
    shown = scheduling_context(request.user, clock.now(), typed, _asked_before(request))
    context = {**shown, "refusal": refusal}
    status = 400 if refusal else 200
    return render(request, "quizzes/scheduling.html", context, status=status)


@login_required
@require_POST
def fit(request: HttpRequest) -> HttpResponse:
    newest = fits_of(request.user.pk, 1)
    try:
        services.ask_for_fit(request.user, now=clock.now())
    except FitFailed as refusal:
        messages.error(request, f"No fit was made. {refusal.message}")
        return redirect("scheduling")
    version = newest[0].version if newest else 0
    request.session[ASKED] = [version, int(clock.now().timestamp())]
    return redirect(reverse("scheduling") + "#fits")


def _asked_before(request: HttpRequest) -> int | None:
    """The newest fit's version when this browser last asked for one, for an hour."""
    version, at = request.session.get(ASKED, (None, 0))
    return version if clock.now().timestamp() - at < TOLD_SECONDS else None


@login_required
@require_POST
def reschedule(request: HttpRequest) -> HttpResponse:
    done = services.reschedule_now(request.user, now=clock.now())
    if done.moved is None:
        said = f"Setting {words.counted(done.cards, 'due date')} anew."
    elif done.moved:
        said = f"{words.counted(done.moved, 'due date')} set anew. You can take that back below."
    else:
        said = "Every due date stands right already."
    messages.success(request, said)
    return redirect("scheduling")


@login_required
@require_POST
def undo_reschedule(request: HttpRequest) -> HttpResponse:
    restored = services.undo_reschedule(request.user, now=clock.now())
    messages.success(request, f"{words.counted(restored, 'due date')} put back.")
    return redirect("scheduling")


@login_required
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    services.reset_scheduling(request.user, now=clock.now(), device=device(request))
    messages.success(request, "Everything is back to the defaults, from your next answer on.")
    return redirect("scheduling")
