"""Your plan: what a day brings, exams, breaks, and a backlog spread over days."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from quizzes import services
from quizzes.domain.errors import PlanInvalid
from quizzes.selectors import previews
from quizzes.web import plan_forms, plan_view
from quizzes.web.devices import as_uuid
from studyhub.base import clock, words


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def plan(request: HttpRequest) -> HttpResponse:
    """The whole plan on one page; a POST sets what each day brings."""
    refusal = None
    if request.method == "POST":
        try:
            services.change_settings(
                request.user, plan_forms.settings_in(request.POST), now=clock.now()
            )
        except PlanInvalid as problem:
            refusal = problem
        else:
            messages.success(request, "Kept. Due dates follow within a minute.")
            return redirect("plan")
    context = plan_view.plan_context(request.user, clock.now())
    context |= {"here": "plan", "refusal": refusal}
    return render(request, "quizzes/plan/plan.html", context, status=400 if refusal else 200)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def exam(request: HttpRequest) -> HttpResponse:
    """What an exam would take, drawn before it is accepted; a POST accepts it."""
    if request.method == "POST":
        asked = plan_forms.exam_in(request.POST)
        found = services.plan_exam(request.user, _id(request), **asked, now=clock.now())
        messages.success(
            request,
            f"“{found.title}” on {words.day(found.day)} is planned. Its cards come in time.",
        )
        return redirect("plan")

    def shown() -> dict[str, Any]:
        asked = plan_forms.exam_in(request.GET)
        return plan_view.exam_context(previews.preview_exam(request.user, **asked, now=clock.now()))

    fields = plan_view.exam_fields(request.user, clock.now(), request.GET)
    return _previewed(request, "quizzes/plan/exam.html", shown, fields)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def rest(request: HttpRequest) -> HttpResponse:
    """What falls in a break and where it would go; a POST accepts it."""
    if request.method == "POST":
        asked = plan_forms.break_in(request.POST)
        services.plan_break(request.user, _id(request), **asked, now=clock.now())
        messages.success(request, "The break is planned, and its days are clear.")
        return redirect("plan")

    def shown() -> dict[str, Any]:
        asked = plan_forms.break_in(request.GET)
        found = previews.preview_break(request.user, **asked, now=clock.now())
        return plan_view.break_context(found)

    fields = {"first_day": request.GET.get("first_day"), "last_day": request.GET.get("last_day")}
    return _previewed(request, "quizzes/plan/break.html", shown, fields)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def backlog(request: HttpRequest) -> HttpResponse:
    """How long the backlog would take at so many a day; a POST spreads it."""
    if request.method == "POST":
        asked = plan_forms.backlog_in(request.POST)
        moved = services.postpone(request.user, _id(request), **asked, now=clock.now())
        messages.success(request, f"{words.counted(moved, 'card')} moved to later days.")
        return redirect("plan")

    def shown() -> dict[str, Any]:
        asked = plan_forms.backlog_in(request.GET)
        found = previews.preview_backlog(request.user, **asked, now=clock.now())
        return plan_view.backlog_context(found)

    fields = {"a_day": request.GET.get("a_day")}
    return _previewed(request, "quizzes/plan/backlog.html", shown, fields)


@login_required
@require_POST
def end_exam(request: HttpRequest, exam_id: UUID) -> HttpResponse:
    services.end_exam(request.user, exam_id, now=clock.now())
    messages.success(request, "The exam is cancelled; its cards go their own way again.")
    return redirect("plan")


@login_required
@require_POST
def end_break(request: HttpRequest, break_id: UUID) -> HttpResponse:
    services.end_break(request.user, break_id, now=clock.now())
    messages.success(request, "The break is over. What could go back to its day went back.")
    return redirect("plan")


@login_required
@require_POST
def take_back(request: HttpRequest, postponement: UUID) -> HttpResponse:
    moved = services.take_back_postponement(request.user, postponement, now=clock.now())
    messages.success(
        request, f"{words.counted(moved, 'card')} {'is' if moved == 1 else 'are'} due again."
    )
    return redirect("plan")


def _previewed(
    request: HttpRequest,
    template: str,
    shown: Callable[[], dict[str, Any]],
    fields: dict[str, Any],
) -> HttpResponse:
    """The preview, or why it cannot be; either with the form to ask again. At first the form."""
    context: dict[str, Any] = {"here": "plan", "fields": fields}
    if request.GET:
        try:
            context |= {**shown(), "id": uuid4()}
        except PlanInvalid as problem:
            context["refusal"] = problem
    return render(request, template, context, status=400 if "refusal" in context else 200)


def _id(request: HttpRequest) -> UUID:
    """The plan's id is the form's own, so that a form sent twice plans one thing."""
    return as_uuid(request.POST.get("id", "")) or uuid4()
