"""The notes: the list of chapters, a chapter with its prompts, and answering them there."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

import content.selectors
import labs.selectors
import quizzes.selectors
import quizzes.services
from quizzes.web.devices import answering
from studyhub.base import clock
from studyhub.base.words import counted
from studyhub.web import chapter_view

AGAIN, GOOD = 1, 3


@login_required
@require_GET
@never_cache
def chapters(request: HttpRequest) -> HttpResponse:
    recall = quizzes.selectors.chapter_recall(request.user, now=clock.now())
    rows = [
        chapter_view.shelf_row(chapter, recall.get(chapter.slug))
        for chapter in content.selectors.chapters()
    ]
    return render(request, "studyhub/chapters.html", {"here": "notes", "chapters": rows})


@login_required
@require_GET
@never_cache
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    found = content.selectors.chapter_by_slug(slug)
    prompts = {prompt.pk: prompt for prompt in found.prompts.all()}
    cards = quizzes.selectors.card_states(request.user, list(prompts), now=clock.now())
    best = labs.selectors.best_runs(request.user)
    cards_of_labs = {
        lab.slug: chapter_view.lab_card(lab, best.get(lab.slug))
        for lab in labs.selectors.labs()
        if lab.slug in found.labs
    }
    before, after = _neighbours(found)
    context = {
        "here": "notes",
        "chapter": found,
        "sections": chapter_view.sections(found, prompts, cards, cards_of_labs, clock.now()),
        "labs": list(cards_of_labs.values()),
        "prompt_count": len(prompts),
        "card_count": len(cards),
        "reading": 60 * found.minutes,
        "act": uuid4(),
        "before": before,
        "after": after,
    }
    return render(request, "studyhub/chapter.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, prompt_id: str) -> HttpResponse:
    """ "I knew it" or "Not yet": kept as a review; the same form twice counts once."""
    prompt = content.selectors.prompt_by_id(prompt_id, request.user)
    rating = GOOD if request.POST.get("knew") == "yes" else AGAIN
    card = quizzes.services.review_prompt(
        request.user, prompt_id, rating=rating, now=clock.now(), **answering(request)
    )
    if request.headers.get("X-Requested-With") == "fetch":
        shown = chapter_view.prompt_view(prompt, card, clock.now())
        return render(request, "studyhub/prompt.html", {"prompt": shown})
    return redirect(reverse("chapter", args=(slug,)) + f"#{prompt_id}")


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    added = quizzes.services.add_chapter(request.user, slug, now=clock.now())
    said = f"{counted(added, 'prompt')} joined your cards." if added else "All are cards already."
    messages.success(request, f"{said} A few new ones come up in each review.")
    return redirect("chapter", slug)


def _neighbours(found: Any) -> tuple[object | None, object | None]:
    """The chapters before and after it in its own course."""
    order = [each for each in content.selectors.chapters() if each.deck_id == found.deck_id]
    at = next(i for i, chapter in enumerate(order) if chapter.slug == found.slug)
    return (order[at - 1] if at else None), (order[at + 1] if at + 1 < len(order) else None)
