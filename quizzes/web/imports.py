"""How far the import of a file of cards is, and what came of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from quizzes.selectors.deck_imports import deck_import
from studyhub.base.words import counted

DECKS_SHOWN = 20
_WORDS = {
    "created": "new",
    "changed": "changed",
    "unchanged": "as they were",
    "known": "known already",
}


@login_required
@require_GET
@never_cache
def report(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far the import is, or what came of it."""
    found = deck_import(request.user, import_id)
    context = {
        "here": "cards",
        "found": found,
        "live": found.state in ("waiting", "running"),
        "rows": _rows(found.report),
        "decks": found.report.get("decks", [])[:DECKS_SHOWN],
        "more_decks": max(0, len(found.report.get("decks", [])) - DECKS_SHOWN),
        "said": _said(found.report),
    }
    return render(request, "quizzes/import_report.html", context)


def _rows(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What came in, by kind."""
    for name in ("notes", "cards", "reviews"):
        found = report.get(name, {})
        words = [f"{found[word]:,} {_WORDS[word]}" for word in _WORDS if found.get(word)]
        if words:
            yield name.capitalize(), ", ".join(words)
    if report.get("media"):
        yield "Files", f"{report['media']:,} new"


def _said(report: dict[str, Any]) -> str:
    if not report:
        return ""
    cards, reviews = report["cards"], report["reviews"]["created"]
    came = [counted(cards["created"], "new card")] if cards["created"] else []
    came += [counted(reviews, "review")] if reviews else []
    parts = [f"{' and '.join(came)} came in."] if came else []
    if cards["changed"]:
        parts.append(f"{counted(cards['changed'], 'card')} changed.")
    if cards["created"] and not reviews:
        parts.append("New ones join your reviews a few a day.")
    return " ".join(parts) or "There was nothing new in it. All is as it was."
