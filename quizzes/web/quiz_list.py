"""What the page of all quizzes shows: chapters to ask about, open quizzes, past ones."""

from typing import Any

from content.selectors import chapters
from quizzes import selectors

PAST_SHOWN = 20


def list_context(user: Any, *, before: str) -> dict[str, Any]:
    counts = selectors.gradable_counts()
    titles = {chapter.slug: f"{chapter.number}. {chapter.title}" for chapter in chapters()}
    past, older = selectors.past_quizzes(user, before=before, limit=PAST_SHOWN)
    return {
        "chapters": [
            {"slug": slug, "title": title, "count": counts[slug]}
            for slug, title in titles.items()
            if counts.get(slug)
        ],
        "open_quizzes": [
            {"quiz": row, "about": _about(row, titles)} for row in selectors.open_quizzes(user)
        ],
        "past": [{"quiz": row, "about": _about(row, titles)} for row in past],
        "older": older,
        "newer": bool(before),
    }


def _about(row: Any, titles: dict[str, str]) -> str:
    """The chapters of a quiz in a few words."""
    known = [titles[slug] for slug in row.chapters if slug in titles]
    if not known:
        return "Chapters that are gone"
    if len(known) > 2:
        return f"{known[0]} and {len(known) - 1} more"
    return " and ".join(known)
