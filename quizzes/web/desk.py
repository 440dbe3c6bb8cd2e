"""The desk: one card, of the session or of a round, or what there is to say where none is left."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from content.selectors import prompts_by_id
from quizzes import selectors
from quizzes.selectors.acts import sitting
from quizzes.selectors.decks import part_title
from quizzes.selectors.leeches import leech_count
from quizzes.selectors.session import session_card
from quizzes.web.review_card import card_context, finished_context, round_finished_context
from quizzes.web.rounds import Round
from quizzes.web.sitting import undo_context
from studyhub.base import clock

SHOWN_MISSES = 5
#: A round is looked through so far for the card whose answer was just checked.
ROUND_SEEN = 20


def desk(
    request: HttpRequest,
    played: Round | None,
    *,
    wanted: str = "",
    extra: dict[str, Any] | None = None,
    undone: bool = False,
) -> HttpResponse:
    """Shows the `wanted` card where it can be answered now, else the next one; `extra` is for the
    wanted card only."""
    now = clock.now()
    user: Any = request.user
    card = shown_card(user, played, wanted, now)
    chosen = card is not None
    limit = 0 if chosen else 1
    if played is not None:
        session = played.session(user, now, limit)
    else:
        session = selectors.session(user, now=now, limit=limit)
    if card is None and session.cards:
        card = session.cards[0]
    of_today, alone = played is None or played.of_today, ""
    if played is None or not played.of_today:
        today = sitting(user, now=now)
    else:
        alone = part_title(user, played.deck, played.chapters)
        today = sitting(user, now=now, chapters=played.chapters, deck=played.deck or None)
    context: dict[str, Any] = {
        "here": "review",
        "round": played,
        "alone": alone,
        **undo_context(user, now, undone=undone),
    }
    if card is not None:
        context |= card_context(card, session, today, extra or {} if chosen else {}, played)
        context["template"] = "quizzes/card.html"
    elif played is not None and not of_today:
        context |= round_finished_context(session, played)
        context["template"] = "quizzes/round_finished.html"
    elif today.done:
        missed = list(prompts_by_id(today.missed[:SHOWN_MISSES], user).values())
        context |= finished_context(user, today, session, missed, now)
        if played is not None:
            context |= {"headline": "That is all of it for now.", "tomorrow": None}
        context |= {"leeches": leech_count(user), "template": "quizzes/finished.html"}
    else:
        cards = selectors.stats(user, now=now).counts["all"]
        context |= {"cards": cards, "next_due": session.next_due, "session": session}
        context["template"] = "quizzes/nothing.html"
    return render(request, "quizzes/desk.html", {**context, "desk": context["template"]})


def shown_card(user: Any, played: Round | None, prompt_id: str, now: datetime) -> Any:
    """The card of this prompt as the desk shows it; None where it cannot be answered now."""
    if not prompt_id or "\x00" in prompt_id:
        return None
    if played is None or played.of_today:
        return session_card(user, prompt_id, now=now)
    cards = played.session(user, now, limit=ROUND_SEEN).cards
    return next((card for card in cards if card.prompt.pk == prompt_id), None)


def prompt_of(card: Any) -> str:
    return str(card.prompt.pk)
