"""The quiz: begin it, answer question by question, see the result, retake what was missed."""

import secrets
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.selectors import chapter_by_slug, prompts_by_id
from quizzes import selectors, services
from quizzes.domain.errors import AnswerFormatError
from quizzes.web.inputs import given_in
from quizzes.web.quiz_view import question_context, result_context
from studyhub.base import clock

SIZES = (5, 10, 20)
SEEDS = 2**31


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def start(request: HttpRequest, chapter: str) -> HttpResponse:
    """Asks how long the quiz shall be, and begins it; offers to go on with an open one."""
    now = clock.now()
    if request.method == "POST":
        attempt = services.start_quiz(
            request.user,
            chapters=[chapter],
            size=_size(request.POST.get("size", "")),
            feedback=request.POST.get("feedback", "each"),
            seconds=None,
            now=now,
            seed=secrets.randbelow(SEEDS),
        )
        return redirect("quiz", attempt.pk)
    context = {
        "here": "notes",
        "chapter": chapter_by_slug(chapter),
        "open": selectors.open_quiz(request.user, chapter, now=now),
        "sizes": SIZES,
    }
    return render(request, "quizzes/quiz_start.html", context)


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
    place = f"?q={question.position + 1}" if view.feedback == "each" else ""
    return redirect(reverse("quiz", args=(attempt_id,)) + place)


@login_required
@require_POST
def finish(request: HttpRequest, attempt_id: str) -> HttpResponse:
    services.finish_quiz(request.user, attempt_id, now=clock.now())
    return redirect("quiz", attempt_id)


@login_required
@require_POST
def retake(request: HttpRequest, attempt_id: str) -> HttpResponse:
    attempt = services.retake_missed(
        request.user, attempt_id, now=clock.now(), seed=secrets.randbelow(SEEDS)
    )
    return redirect("quiz", attempt.pk)


def _page(
    request: HttpRequest, attempt_id: str, *, asked: str, extra: dict[str, Any] | None = None
) -> HttpResponse:
    view = selectors.quiz(request.user, attempt_id)
    prompts = prompts_by_id(
        [question.prompt for question in view.questions], request.user, retired=True
    )
    context: dict[str, Any] = {"here": "notes", "quiz": view, "chapter": _chapter(view, prompts)}
    if view.finished_at is not None and not asked:
        context |= result_context(view, prompts)
        return render(request, "quizzes/quiz_result.html", context)
    context |= question_context(view, prompts, asked=asked, extra=extra or {})
    return render(request, "quizzes/quiz.html", context)


def _chapter(view: Any, prompts: Any) -> Any:
    """The chapter to go back to, where the quiz is about a single one."""
    chapters = {prompt.chapter for prompt in prompts.values() if prompt.chapter is not None}
    return chapters.pop() if len(chapters) == 1 else None


def _size(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
