"""What the desk shows: a card, or the end of the sitting or of a round."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from quizzes import selectors
from quizzes.domain.answers import expected
from quizzes.selectors.acts import Sitting
from quizzes.web.inputs import ASKS, NAMES, field_context, verdict_context
from quizzes.web.rounds import Round
from quizzes.web.sitting import pace
from studyhub.base.words import counted, minutes, number_word

RATES = (
    (1, "again", "Again", "again"),
    (2, "hard", "Hard", "one"),
    (3, "good", "Good", "two"),
    (4, "easy", "Easy", "three"),
)
#: Practice asks only whether it was known.
KNOWN = ((1, "again", "Not yet", "again"), (3, "good", "I knew it", "check"))


def card_context(
    card: Any, session: Any, sitting: Sitting, extra: dict[str, Any], played: Round | None
) -> dict[str, Any]:
    prompt = card.prompt
    if played is None or played.of_today:
        done, left = sitting.done, session.counts["due"] + session.counts["new"]
    else:
        done, left = session.counts["done"], session.counts["left"]
    left = max(left, 1)
    context = {
        "prompt": prompt,
        "kind_name": NAMES.get(prompt.kind, "Question"),
        "asks": prompt.kind in ASKS,
        "flagged": card.state.flag > 0,
        "section": place_of(prompt),
        "event": uuid.uuid4(),
        "done": done,
        "place": done + 1,
        "total": done + left,
        "left": left * pace(sitting),
        "tomorrow": timezone.localdate() + timedelta(days=1),
        **field_context(prompt),
        **extra,
    }
    suggested = "good"
    if verdict := extra.get("verdict"):
        suggested = "good" if verdict["correct"] else "again"
        context |= _checked(prompt, extra["given"], verdict)
        names = {name: word for _, name, word, _ in (RATES if card.intervals else KNOWN)}
        context["suggestion"] = names[suggested]
    context["rates"] = [
        {
            "value": value,
            "name": name,
            "word": word,
            "sign": sign,
            "seconds": card.intervals and card.intervals[name],
            "suggested": name == suggested,
        }
        for value, name, word, sign in (RATES if card.intervals else KNOWN)
    ]
    return context


def _checked(prompt: Any, given: Any, verdict: dict[str, Any]) -> dict[str, Any]:
    return verdict_context(
        prompt.kind,
        prompt.choices,
        given=given,
        expected=expected(prompt.right_answer(), prompt.kind),
        notes=prompt.option_notes,
        correct=verdict["correct"],
        message=verdict["message"],
        unit=prompt.answer.get("unit", ""),
    )


def place_of(prompt: Any) -> dict[str, str] | None:
    """Where the notes explain it: its section, or its chapter."""
    if prompt.chapter is None:
        return None
    url = reverse("chapter", args=(prompt.chapter.slug,))
    if prompt.section is None:
        return {"url": url, "title": prompt.chapter.title}
    return {"url": f"{url}#{prompt.section.slug}", "title": prompt.section.title}


def finished_context(
    user: Any, sitting: Sitting, session: Any, missed: Sequence[Any], now: datetime
) -> dict[str, Any]:
    ahead = selectors.forecast(user, now=now, days=2)
    tomorrow = ahead[1][1] if len(ahead) > 1 else 0
    places = [place_of(prompt) for prompt in missed]
    beyond = session.counts["beyond_limit"]
    return {
        "spent": minutes(sitting.seconds or sitting.done * pace(sitting)).capitalize(),
        "headline": "That is all for now.",
        "summary": _summary(sitting),
        "missed_prompts": [
            {"text": prompt.question_text, "url": reverse("card", args=(prompt.pk,))}
            for prompt in missed
        ],
        "read": next((place for place in places if place), None),
        "next_due": session.next_due,
        "beyond": f"{counted(beyond, 'card')} more than the limit that you set for a day"
        if beyond
        else "",
        "tomorrow": f"{counted(tomorrow, 'card')}, {minutes(tomorrow * pace(sitting))}"
        if tomorrow
        else "nothing so far",
    }


def round_finished_context(session: Any, played: Round) -> dict[str, Any]:
    return {"known": session.counts["done"], "played": played}


def _summary(sitting: Sitting) -> str:
    misses = len(sitting.missed)
    said = f"{counted(sitting.done, 'answer')} today. "
    if not misses:
        return said + "You recalled every card."
    if misses == 1:
        return said + "The one you missed comes back before anything new."
    return said + f"The {number_word(misses).lower()} you missed come back before anything new."
