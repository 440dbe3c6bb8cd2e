"""What the course covers: facts in notes and in prompts, chapter by chapter."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

import content.selectors
from content.domain.coverage import ChapterCover, FactCover, totals
from content.domain.prompts import Kind
from studyhub.base.words import counted


@login_required
@require_GET
@never_cache
def courses(request: HttpRequest) -> HttpResponse:
    shown = [_course(deck, rows) for deck, rows in content.selectors.coverage()]
    context = {"here": "notes", "courses": shown, "kinds": list(Kind)}
    return render(request, "studyhub/coverage.html", context)


@login_required
@require_GET
@never_cache
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    found = content.selectors.chapter_text(slug)
    titles = {section.slug: section.title for section in found.sections.all()}
    covers = [row for _, rows in content.selectors.coverage() for row in rows if row.slug == slug]
    facts = [_fact(cover, titles) for row in covers for cover in row.facts]
    context = {"here": "notes", "chapter": found, "facts": facts}
    return render(request, "studyhub/coverage_chapter.html", context)


def _course(deck: Any, rows: list[ChapterCover]) -> dict[str, Any]:
    sums = totals(rows)
    return {
        "slug": deck.slug,
        "title": deck.title,
        "said": _said(sums.facts, sums.in_notes, sums.to_ask, sums.asked),
        "prompts": counted(sums.prompts, "prompt"),
        "prompt_count": f"{sums.prompts:,}",
        "chapters": [{"cover": row, "kinds": list(row.kinds.values())} for row in rows],
        "sums": sums,
        "sum_kinds": list(sums.kinds.values()),
    }


def _said(facts: int, in_notes: int, to_ask: int, asked: int) -> str:
    """The table in two sentences."""
    if in_notes < facts:
        notes = f"{in_notes:,} of the {counted(facts, 'fact')} to teach stand in the notes."
    else:
        notes = f"All {counted(facts, 'fact')} to teach stand in the notes."
    links = counted(facts - to_ask, "link")
    if asked < to_ask:
        besides = f"Without the {links}, " if facts > to_ask else "Of these, "
        return f"{notes} {besides}{asked:,} of {to_ask:,} are asked for by a prompt."
    which = f"All but the {links}" if facts > to_ask else "All"
    return f"{notes} {which} are asked for by a prompt too."


def _fact(cover: FactCover, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "text": cover.fact.text,
        "code": cover.fact.id,
        "is_link": cover.is_link,
        "sections": [(slug, titles[slug]) for slug in cover.sections if slug in titles],
        "prompts": cover.prompts,
        "asked": counted(len(cover.prompts), "prompt"),
    }
