"""The quiz: begin it, answer question by question, see the result, retake what was missed."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4, uuid5

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.selectors import chapter_by_slug, prompts_by_id
from quizzes import selectors, services
from quizzes.domain.errors import AnswerFormatError, QuizClosed, QuizConflict, QuizInvalid
from quizzes.web.devices import as_uuid
from quizzes.web.inputs import given_in
from quizzes.web.quiz_list import list_context
from quizzes.web.quiz_view import question_context, result_context
from studyhub.base import clock

SIZES = (5, 10, 20)
LIMITS = ((0, "No time limit"), *((60 * n, f"{n} minutes") for n in (5, 10, 20, 30, 60)))
SEEDS = 2**31


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def quizzes(request: HttpRequest) -> HttpResponse:
    """Chapters to be asked about, the quizzes still open, and the past ones with their scores."""
    problems: Mapping[str, Sequence[str]] = {}
    chosen = request.POST.getlist("chapter")
    if request.method == "POST":
        try:
            return _begin(request, chosen)
        except QuizInvalid as refusal:
            problems = refusal.errors
    services.finish_overdue(request.user, now=clock.now())
    context = {
        "here": "notes",
        "chosen": chosen,
        "problems": problems,
        **list_context(request.user, before=request.GET.get("before", "")),
        **_choices(),
    }
    return render(request, "quizzes/quizzes.html", context, status=400 if problems else 200)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def start(request: HttpRequest, chapter: str) -> HttpResponse:
    """Asks how long the quiz shall be, and begins it; offers to go on with an open one."""
    if request.method == "POST":
        return _begin(request, [chapter])
    services.finish_overdue(request.user, now=clock.now())
    begun = selectors.open_quizzes(request.user)
    context = {
        "here": "notes",
        "chapter": chapter_by_slug(chapter),
        "open": next((quiz for quiz in begun if quiz.chapters == [chapter]), None),
        **_choices(),
    }
    return render(request, "quizzes/quiz_start.html", context)


def _choices() -> dict[str, Any]:
    return {"sizes": SIZES, "limits": LIMITS, "quiz_id": uuid4()}


def _begin(request: HttpRequest, chapters: list[str]) -> HttpResponse:
    """The form names the quiz that it begins, so that a form sent twice begins one. Gone back to
    and changed, it begins another."""
    wanted: dict[str, Any] = {
        "chapters": chapters,
        "size": _number(request.POST.get("size", "")),
        "feedback": request.POST.get("feedback", "each"),
        "seconds": _number(request.POST.get("seconds", "")) or None,
    }
    words = {**wanted, "now": clock.now(), "seed": secrets.randbelow(SEEDS)}
    form = as_uuid(request.POST.get("quiz", ""))
    try:
        attempt = services.start_quiz(request.user, attempt_id=form, **words)
    except QuizConflict:
        other = uuid5(form or uuid4(), repr(wanted))
        attempt = services.start_quiz(request.user, attempt_id=other, **words)
    return redirect("quiz", attempt.pk)


@login_required
@require_GET
@never_cache
def quiz(request: HttpRequest, attempt_id: str) -> HttpResponse:
    return _page(request, attempt_id, asked=request.GET.get("q", ""))


@login_required
@require_POST
def answer(request: HttpRequest, attempt_id: str) -> HttpResponse:
    """Grades an answer; one of the wrong form comes back with what the question takes."""
    view = selectors.quiz(request.user, attempt_id)
    number = request.POST.get("question", "")
    question = next((q for q in view.questions if str(q.id) == number), None)
    if question is None:
        return redirect("quiz", attempt_id)
    given = given_in(question.kind, request.POST, question)
    try:
        services.answer_question(request.user, attempt_id, question.id, given, now=clock.now())
    except AnswerFormatError as problem:
        return _page(
            request,
            attempt_id,
            asked=str(question.position + 1),
            extra={"problem": problem.message, "given": given},
        )
    except QuizClosed:
        return redirect(reverse("quiz", args=(attempt_id,)) + "?late=1")
    place = f"?q={question.position + 1}" if view.feedback == "each" else ""
    return redirect(reverse("quiz", args=(attempt_id,)) + place)


@login_required
@require_POST
def finish(request: HttpRequest, attempt_id: str) -> HttpResponse:
    services.finish_quiz(request.user, attempt_id, now=clock.now())
    return redirect("quiz", attempt_id)


@login_required
@require_POST
def override(request: HttpRequest, attempt_id: str) -> HttpResponse:
    """The learner's own verdict on a free answer."""
    view = selectors.quiz(request.user, attempt_id)
    number = request.POST.get("question", "")
    question = next((q for q in view.questions if str(q.id) == number), None)
    if question is None:
        return redirect("quiz", attempt_id)
    correct = request.POST.get("correct") == "yes"
    services.override_answer(
        request.user, attempt_id, question.id, correct=correct, now=clock.now()
    )
    return redirect(reverse("quiz", args=(attempt_id,)) + f"?q={question.position + 1}")


@login_required
@require_POST
def retake(request: HttpRequest, attempt_id: str) -> HttpResponse:
    attempt = services.retake_missed(
        request.user,
        attempt_id,
        now=clock.now(),
        seed=secrets.randbelow(SEEDS),
        retake_id=as_uuid(request.POST.get("quiz", "")),
    )
    return redirect("quiz", attempt.pk)


def _page(
    request: HttpRequest, attempt_id: str, *, asked: str, extra: dict[str, Any] | None = None
) -> HttpResponse:
    now = clock.now()
    view = services.quiz_now(request.user, attempt_id, now=now)
    prompts = prompts_by_id(
        [question.prompt for question in view.questions], request.user, retired=True
    )
    context: dict[str, Any] = {"here": "notes", "quiz": view, "chapter": _chapter(view, prompts)}
    if view.finished_at is not None and not asked:
        late = request.GET.get("late") == "1"
        context |= {**result_context(view, prompts), "late": late, "quiz_id": uuid4()}
        return render(request, "quizzes/quiz_result.html", context)
    context |= question_context(view, prompts, asked=asked, extra=extra or {}, now=now)
    return render(request, "quizzes/quiz.html", context)


def _chapter(view: Any, prompts: Any) -> Any:
    """The chapter to go back to, where the quiz is about a single one."""
    chapters = {prompt.chapter for prompt in prompts.values() if prompt.chapter is not None}
    return chapters.pop() if len(chapters) == 1 else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
