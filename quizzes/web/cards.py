"""The list of all cards: search, sort, and do one thing to several at once."""

from urllib.parse import urlencode
from uuid import uuid4, uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from content.domain.errors import CardInvalid
from quizzes.domain.browse import SORTS
from quizzes.domain.events import Kind
from quizzes.selectors import browse as cards_of
from quizzes.selectors import decks as decks_of
from quizzes.services import own_editing
from quizzes.services.marks import mark_cards
from quizzes.web.card_words import row_context
from quizzes.web.devices import as_uuid, device
from studyhub.base import clock
from studyhub.base.errors import CursorInvalid
from studyhub.base.words import counted

SELECTED_MAX = 500
MARKS = {
    "suspend": (Kind.SUSPEND, "suspended"),
    "unsuspend": (Kind.UNSUSPEND, "back in your reviews"),
    "flag": (Kind.FLAG, "flagged"),
    "unflag": (Kind.FLAG, "without a flag"),
    "bury": (Kind.BURY, "put off until tomorrow"),
    "reset": (Kind.RESET, "new again; past answers stay in your statistics"),
}
"""By what a form asks for: the event's kind, and what is said afterwards."""
ACTS = (
    ("suspend", "Suspend"),
    ("unsuspend", "Take back from suspended"),
    ("flag", "Flag"),
    ("unflag", "Take the flag off"),
    ("bury", "Put off until tomorrow"),
    ("reset", "Start over as new"),
    ("move", "Move to a deck"),
    ("delete", "Delete"),
    ("restore", "Restore"),
)


@login_required
@require_GET
@never_cache
def browse(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:300]
    sort = request.GET.get("sort", "changed")
    sort = sort if sort in SORTS else "changed"
    kept = {key: value for key, value in (("q", query), ("sort", sort)) if value}
    after = request.GET.get("after", "")
    try:
        page = cards_of.browse(request.user, now=clock.now(), query=query, sort=sort, cursor=after)
    except CursorInvalid:
        return redirect(f"{request.path}?{urlencode(kept)}")
    return render(
        request,
        "quizzes/cards.html",
        {
            "here": "cards",
            "rows": [row_context(row) for row in page.rows],
            "found": page.found,
            "more": urlencode({**kept, "after": page.cursor}) if page.cursor else "",
            "first": urlencode(kept) if after else "",
            "query": query,
            "sort": sort,
            "sorts": SORTS,
            "problems": page.search.problems,
            "decks": list(decks_of.own_decks(request.user)),
            "acts": ACTS,
            "event": uuid4(),
            "back": request.get_full_path(),
        },
    )


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Does one thing to the cards that were ticked. The same form twice does it once.

    Starting over as new is asked again first, on a page that says what it loses.
    """
    chosen = list(dict.fromkeys(request.POST.getlist("card")))
    doing = request.POST.get("act", "")
    if not chosen:
        raise CardInvalid("No card was ticked.", cure="Go back and tick the ones you mean.")
    if len(chosen) > SELECTED_MAX:
        raise CardInvalid(f"More than {SELECTED_MAX} cards at once.", cure="Tick fewer.")
    if doing == "reset" and request.POST.get("sure") != "yes":
        return _ask_to_reset(request, chosen)
    if doing in MARKS:
        said = _marked(request, chosen, doing)
    elif doing == "move":
        moved = own_editing.move_cards(
            request.user, chosen, request.POST.get("deck", ""), now=clock.now()
        )
        said = f"{counted(moved, 'card')} moved."
        said += "" if moved == len(chosen) else " Cards of the course stay in their chapters."
    elif doing == "delete":
        gone = own_editing.delete_cards(request.user, chosen, now=clock.now())
        said = f"{counted(gone, 'card')} deleted. Search for is:deleted to bring them back."
        said += "" if gone == len(chosen) else " Cards of the course cannot be deleted: suspend."
    elif doing == "restore":
        back = own_editing.restore_cards(request.user, chosen, now=clock.now())
        said = f"{counted(back, 'card')} restored."
    else:
        raise CardInvalid("Nothing was chosen to be done.", cure="Choose what, then press Do it.")
    messages.success(request, said)
    return redirect(_back(request))


def _ask_to_reset(request: HttpRequest, chosen: list[str]) -> HttpResponse:
    context = {
        "here": "cards",
        "lost": cards_of.what_reset_loses(request.user, chosen),
        "chosen": chosen,
        "event": request.POST.get("event", ""),
        "back": _back(request),
    }
    return render(request, "quizzes/cards_reset.html", context)


def _marked(request: HttpRequest, chosen: list[str], doing: str) -> str:
    """The act's id follows from the form, what is done and to which cards: ticking others on a
    page that was gone back to is another act."""
    kind, said = MARKS[doing]
    form = as_uuid(request.POST.get("event", "")) or uuid4()
    done = mark_cards(
        request.user,
        chosen,
        kind,
        device=device(request),
        now=clock.now(),
        act_id=uuid5(form, f"{doing} {' '.join(sorted(chosen))}"),
        flag=0 if doing == "unflag" else 1,
    )
    return f"{counted(done, 'card')} {said}."


def _back(request: HttpRequest) -> str:
    """The list as it was, and nowhere else."""
    asked = request.POST.get("back", "")
    home = reverse("cards")
    return asked if asked.startswith((f"{home}?", reverse("decks"))) else home
