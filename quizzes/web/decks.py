"""Personal decks: the list, one deck with its cards, and taking it along as a file."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.domain.errors import DeckInvalid
from quizzes.selectors import browse as cards_of
from quizzes.selectors import decks as decks_of
from quizzes.services import card_export
from quizzes.services import decks as writes
from quizzes.web.card_words import row_context
from quizzes.web.deck_tree import deck_tree
from studyhub.base import clock
from studyhub.base.errors import CursorInvalid
from studyhub.base.words import counted


@login_required
@require_GET
@never_cache
def decks(request: HttpRequest) -> HttpResponse:
    return _list(request)


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    title, description = request.POST.get("title", ""), request.POST.get("description", "")
    try:
        made = writes.create_deck(request.user, title=title, description=description)
    except DeckInvalid as refusal:
        return _list(request, title=title, description=description, refusal=refusal)
    messages.success(request, f"“{made.title}” is here.")
    return redirect("deck", made.slug)


def _list(request: HttpRequest, refusal: Any = None, **typed: str) -> HttpResponse:
    now = clock.now()
    held = decks_of.decks(request.user, now=now)
    context = {
        "here": "cards",
        "decks": held,
        "tree": deck_tree(held),
        "own_cards": sum(deck.cards for deck in held),
        "courses": decks_of.course_cards(request.user, now=now),
        "deleted": decks_of.deleted_decks(request.user),
        "errors": refusal.errors if refusal else {},
        **typed,
    }
    return render(request, "quizzes/decks.html", context, status=refusal.status if refusal else 200)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def deck(request: HttpRequest, slug: str) -> HttpResponse:
    """A deck and its latest cards; POST renames and describes it."""
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            writes.change_deck(
                request.user,
                slug,
                title=request.POST.get("title", ""),
                description=request.POST.get("description", ""),
            )
        except DeckInvalid as refusal:
            errors = refusal.errors
        else:
            messages.success(request, "Changed.")
            return redirect("deck", slug)
    now = clock.now()
    shown = decks_of.deck(request.user, slug, now=now)
    after = request.GET.get("after", "")
    try:
        page = cards_of.browse(request.user, now=now, deck=slug, cursor=after, limit=20)
    except CursorInvalid:
        return redirect("deck", slug)
    context = {
        "here": "cards",
        "deck": shown,
        "rows": [row_context(row) for row in page.rows],
        "more": urlencode({"after": page.cursor}) if page.cursor else "",
        "browse_url": f"{reverse('cards')}?{urlencode({'q': f'deck:{slug} is:own'})}",
        "errors": errors,
        "typed": request.POST if errors else None,
    }
    return render(request, "quizzes/deck.html", context, status=400 if errors else 200)


@login_required
@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    gone = writes.delete_deck(request.user, slug, now=clock.now())
    messages.success(
        request, f"The deck and its {counted(gone, 'card')} are deleted. Below you can undo that."
    )
    return redirect("decks")


@login_required
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    slug = request.POST.get("deck", "")
    back = writes.restore_deck(request.user, slug, now=clock.now())
    messages.success(request, f"“{back.title}” is back.")
    return redirect("deck", slug)


@login_required
@require_GET
@never_cache
def export_csv(request: HttpRequest, slug: str) -> HttpResponse:
    # A byte order mark, or spreadsheets take UTF-8 for something else.
    text = "\ufeff" + card_export.deck_csv(request.user, slug)
    return _file(text, "text/csv; charset=utf-8", f"{slug}.csv")


@login_required
@require_GET
@never_cache
def export_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    text = card_export.deck_markdown(request.user, slug)
    return _file(text, "text/markdown; charset=utf-8", f"{slug}.md")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(text.encode(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
