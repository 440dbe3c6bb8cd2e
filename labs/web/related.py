"""Where a lab belongs in the course: its chapter, and the prompts its ideas stand on."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

import content.selectors

MOST = 6  # beside a result


def chapter_of(lab: Any) -> Any:
    """The chapter that names the lab, of whichever course, or None where none does."""
    chapters = content.selectors.chapters()
    return next((chapter for chapter in chapters if lab.slug in chapter.labs), None)


def prompts_of(lab: Any, most: int | None = None) -> list[Mapping[str, str]]:
    """Links to the prompts that the lab names, in its order, at most so many (None: all of them);
    retired ones are left out."""
    names = list(lab.prompts)[:most]
    found = content.selectors.prompts_by_id(names, None)
    return [
        {"text": found[name].question_text, "url": _place(found[name])}
        for name in names
        if name in found
    ]


def _place(prompt: Any) -> str:
    if prompt.chapter is None:
        return reverse("review")
    return reverse("chapter", args=(prompt.chapter.slug,)) + f"#{prompt.pk}"
