"""Writing and editing an own card: plain fields, checked and shown while they are typed."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from content.domain.errors import CardConflict, CardInvalid
from content.format.own import OwnFields
from quizzes.selectors import decks as decks_of
from quizzes.services import own_editing
from quizzes.services.decks import deck_titled
from quizzes.web.devices import as_uuid
from quizzes.web.inputs import NAMES
from studyhub.base import clock

FIRST_DECK = "My cards"
KINDS = (
    ("basic", "Question and answer", "What you would say. Markdown, pictures and $maths$ work."),
    ("cloze", "Fill the gap", "Write {{word}} in the question. Here goes what you want to add."),
    ("short", "In a few words", "The answer, then other wordings that count, one a line."),
    ("numeric", "Number", "A number, and how far off still counts: 9.81 ± 0.01 m/s2"),
    ("choice", "Choose one", "One option a line: [x] before the right one, [ ] before others."),
    ("multiple", "Choose all that are right", "One option a line: [x] right, [ ] wrong."),
    ("ordering", "Put in order", "One step a line, in the right order."),
    ("code", "What code prints", "Exactly what it prints. Put the code into the question."),
)  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """An empty form, kept on POST; "preview" shows the card and keeps nothing."""
    if request.method != "POST":
        fields = OwnFields(
            request.GET.get("kind", "basic"), "", "", tags=request.GET.get("tags", "")
        )
        return _form(request, fields, deck=request.GET.get("deck", ""), chosen=str(uuid4()))
    fields, deck = _fields(request), request.POST.get("deck", "")
    chosen = request.POST.get("id", "")
    words = {"deck": deck, "chosen": chosen, "reverse": bool(request.POST.get("reverse"))}
    if "preview" in request.POST:
        return _form(request, fields, previewed=True, **words)
    try:
        if not deck:
            deck = deck_titled(request.user, FIRST_DECK).slug
        own_editing.write_card(
            request.user,
            deck,
            fields,
            now=clock.now(),
            chosen=as_uuid(chosen) or uuid4(),
            reverse=words["reverse"],
        )
    except CardInvalid as refusal:
        return _form(request, fields, refusal=refusal, **words)
    messages.success(request, "Kept. It joins your new cards.")
    again = urlencode({"deck": deck, "kind": fields.kind, "tags": fields.tags})
    return redirect(f"{reverse('card-new')}?{again}")


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def edit(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """The card's form. Its history stays whatever is changed."""
    prompt = decks_of.own_prompt(request.user, prompt_id)
    if request.method != "POST":
        return _form(request, decks_of.as_fields(prompt), deck=prompt.deck.slug, prompt=prompt)
    if "delete" in request.POST:
        own_editing.delete_cards(request.user, [prompt_id], now=clock.now())
        messages.success(request, "Deleted. Search for is:deleted to bring it back.")
        return redirect("deck", prompt.deck.slug)
    fields, deck = _fields(request), request.POST.get("deck", "")
    if "preview" in request.POST:
        return _form(request, fields, deck=deck, prompt=prompt, previewed=True)
    try:
        own_editing.edit_card(request.user, prompt_id, fields, deck_slug=deck, now=clock.now())
    except (CardInvalid, CardConflict) as refusal:
        return _form(request, fields, deck=deck, prompt=prompt, refusal=refusal)
    messages.success(request, "Changed. What you remember of it stays.")
    return redirect("deck", deck)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The card as it would look, or what is wrong, as a fragment for the form's script."""
    shown = own_editing.preview_card(request.user, _fields(request))
    return render(request, "quizzes/card_preview.html", {"preview": shown})


def _fields(request: HttpRequest) -> OwnFields:
    post = request.POST
    names = ("kind", "question", "answer", "explanation", "tags")
    return OwnFields(*(post.get(name, "") for name in names))


def _form(
    request: HttpRequest,
    fields: OwnFields,
    *,
    deck: str = "",
    chosen: str = "",
    prompt: Any = None,
    previewed: bool = False,
    reverse: bool = False,
    refusal: Any = None,
) -> HttpResponse:
    context = {
        "here": "cards",
        "fields": fields,
        "kinds": KINDS,
        "kind_name": NAMES.get(fields.kind, "Question"),
        "decks": list(decks_of.own_decks(request.user)),
        "deck": deck,
        "first_deck": FIRST_DECK,
        "chosen": chosen,
        "prompt": prompt,
        "reverse": reverse,
        "refusal": refusal,
        "errors": refusal.errors if refusal else {},
        "preview": own_editing.preview_card(request.user, fields) if previewed else None,
    }
    status = refusal.status if refusal else 200
    return render(request, "quizzes/card_form.html", context, status=status)
