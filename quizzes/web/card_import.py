"""Importing cards from a file: look first, then have a worker take them in.

Between the two the file waits an hour in the cache, under its hash and the learner's name.
"""

import hashlib

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from content.domain.errors import CardFileInvalid
from content.format.card_files import CARDS_MAX, FILE_MAX, refuse_package
from quizzes.selectors import decks as decks_of
from quizzes.services import card_import
from quizzes.services.imports import begin_import
from studyhub.base import clock
from studyhub.base.words import counted

HOUR = 3600
SHOWN = 100
WORDS = {
    "new": "New",
    "changed": "Changes a card you have",
    "unchanged": "You have it already",
    "deleted": "You deleted it; it stays so",
    "wrong": "Cannot be read",
}


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def upload(request: HttpRequest) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            return _taken(request)
        except CardFileInvalid as problem:
            refusal = problem
    context = {
        "here": "cards",
        "decks": list(decks_of.own_decks(request.user)),
        "deck": request.POST.get("deck", request.GET.get("deck", "")),
        "pasted": request.POST.get("pasted", ""),
        "refusal": refusal,
        "cards_max": counted(CARDS_MAX, "card"),
    }
    status = refusal.status if refusal else 200
    return render(request, "quizzes/cards_import.html", context, status=status)


def _taken(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    pasted = request.POST.get("pasted", "")
    if file is None and not pasted.strip():
        raise CardFileInvalid("There is nothing to read.", cure="Choose a file, or paste cards.")
    if file is not None:
        refuse_package(file.read(16))  # before its size: a package may be larger
        file.seek(0)
    if file is not None and file.size > FILE_MAX:
        raise CardFileInvalid(
            f"The file is larger than {FILE_MAX // 1_000_000} MB.", cure="Cut it into several."
        )
    data = pasted.encode("utf-8", "replace") if file is None else file.read()
    name = "Pasted cards.txt" if file is None else file.name
    deck = request.POST.get("deck", "")
    card_import.plan_import(request.user, data, name, deck_slug=deck)
    digest = hashlib.sha256(data).hexdigest()[:32]
    cache.set(_key(request, digest), (data, name), HOUR)
    query = f"?{urlencode({'deck': deck})}" if deck else ""
    return redirect(reverse("cards-import-look", args=(digest,)) + query)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def look(request: HttpRequest, digest: str) -> HttpResponse:
    """What the file would bring; POST sends it to be imported. Nothing is written before."""
    waiting = cache.get(_key(request, digest))
    if waiting is None:
        raise CardFileInvalid(
            "The file does not wait here any more.", cure="Choose it again under Cards, Import."
        )
    data, name = waiting
    deck = request.POST.get("deck", request.GET.get("deck", ""))
    if request.method == "POST":
        row = begin_import(
            request.user,
            [data],
            name,
            now=clock.now(),
            deck=deck,
            without_wrong=request.POST.get("without_wrong") == "yes",
        )
        cache.delete(_key(request, digest))
        return redirect("deck-import", row.pk)
    plan = card_import.plan_import(request.user, data, name, deck_slug=deck)
    context = {
        "here": "cards",
        "name": name,
        "plan": plan,
        "deck": deck,
        "counts": [(WORDS[status], plan.counts[status]) for status in WORDS if plan.counts[status]],
        "cards": [(card, WORDS[card.status]) for card in plan.cards[:SHOWN]],
        "beyond": max(0, len(plan.cards) - SHOWN),
        "wrong": plan.wrong[:SHOWN],
        "wrong_beyond": max(0, len(plan.wrong) - SHOWN),
    }
    return render(request, "quizzes/cards_import_look.html", context)


def _key(request: HttpRequest, digest: str) -> str:
    safe = digest if digest.isalnum() and digest.isascii() and len(digest) == 32 else "none"
    return f"card-import:{request.user.pk}:{safe}"
