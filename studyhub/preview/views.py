"""The pages of the preview. They have the site's addresses: links between chapters lead on."""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from content.format.figures import served_name
from studyhub.base import clock
from studyhub.base.words import counted
from studyhub.base.words import minutes as about_minutes
from studyhub.preview import drawing, findings
from studyhub.preview.keeping import Shown
from studyhub.preview.watching import State, Watched

HEARTBEAT_SECONDS = 15.0
OLD_WORDS = {
    "chapter.toml": "the whole chapter",
    "notes.md": "the notes",
    "questions.md": "the prompts",
}
_watched: list[Watched] = []


def show(watched: Watched) -> None:
    """Lets the pages show this course."""
    _watched[:] = [watched]


def _course() -> Watched:
    return _watched[0]


@never_cache
@require_safe
def course(request: HttpRequest) -> HttpResponse:
    state = _course().state
    rows = [
        {
            "chapter": shown.chapter,
            "said": _size(shown),
            "count": findings.of_chapter(state.problems, shown.chapter).count,
        }
        for shown in state.chapters.values()
    ]
    context = {
        "state": state,
        "folder": _course().folder,
        "rows": rows,
        "problems": findings.of_course(state.problems, list(state.chapters)),
    }
    return render(request, "studyhub/preview/course.html", context)


def _size(shown: Shown) -> str:
    sections, prompts = len(shown.chapter.sections), len(shown.chapter.prompts)
    reading = about_minutes(60 * drawing.reading_minutes(shown.chapter))
    return f"{counted(sections, 'section')}, {counted(prompts, 'prompt')}, {reading} to read"


@never_cache
@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    state = _course().state
    shown = state.chapter(slug)
    if shown is None:
        return _missing(request, state, slug)
    found = findings.of_chapter(state.problems, shown.chapter)
    drawn, prompts = drawing.chapter_of(shown, found, state.title, state.licence)
    labs = drawing.lab_cards(shown.chapter.labs, settings.EXERCISES_DIR)
    order = [other.chapter for other in state.chapters.values()]
    at = order.index(shown.chapter)
    placed = {b["id"] for s in drawn.sections.all() for b in s.blocks if b["type"] == "prompt"}
    context = {
        **_shared(state, shown, found),
        "chapter": drawn,
        "sections": drawing.sections(drawn, prompts, labs, clock.now()),
        "labs": list(labs.values()),
        "prompt_count": len(prompts),
        "card_count": 0,
        "reading": 60 * drawing.reading_minutes(shown.chapter),
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
        "elsewhere": sum(len(p) for id_, p in found.prompts.items() if id_ not in placed),
    }
    return render(request, "studyhub/preview/chapter.html", context)


@never_cache
@require_safe
def prompts(request: HttpRequest, slug: str) -> HttpResponse:
    """All prompts of a chapter, also those that only reviews and quizzes ask."""
    state = _course().state
    shown = state.chapter(slug)
    if shown is None:
        return _missing(request, state, slug)
    found = findings.of_chapter(state.problems, shown.chapter)
    context = {
        **_shared(state, shown, found),
        "chapter": shown.chapter,
        "sheets": drawing.sheets(shown, found),
    }
    return render(request, "studyhub/preview/prompts.html", context)


def _shared(state: State, shown: Shown, found: findings.Findings) -> dict[str, object]:
    old = [words for name, words in OLD_WORDS.items() if name in shown.old]
    kept = sum(name not in OLD_WORDS for name in shown.old)
    if kept:
        old.append(counted(kept, "prompt"))
    return {"state": state, "found": found, "old": ", ".join(old)}


def _missing(request: HttpRequest, state: State, slug: str) -> HttpResponse:
    """A chapter that cannot be read, and never could: its page waits for it."""
    problems = findings.of_course(state.problems, list(state.chapters))
    context = {"state": state, "slug": slug, "problems": problems}
    return render(request, "studyhub/preview/missing.html", context, status=404)


@require_safe
def figure(request: HttpRequest, chapter: str, name: str) -> HttpResponse:
    shown = _course().state.chapter(chapter)
    for picture in shown.chapter.figures.values() if shown else ():
        if picture.name.endswith(".png") and served_name(picture) == name:
            return HttpResponse(picture.data, content_type="image/png")
    raise Http404


@never_cache
@require_safe
def events(request: HttpRequest) -> StreamingHttpResponse:
    """The version of what is shown, at once and after each save, as server-sent events."""
    return StreamingHttpResponse(_versions(_course()), content_type="text/event-stream")


def _versions(watched: Watched) -> Iterator[str]:
    last = ""
    while True:
        version = watched.wait(last, HEARTBEAT_SECONDS).version
        # A comment now and then tells this thread that nobody listens any more.
        yield f"data: {version}\n\n" if version != last else ": still here\n\n"
        last = version


@csrf_exempt
def elsewhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """Reviews, quizzes and labs need the site; so do the forms in the notes."""
    return render(request, "studyhub/preview/elsewhere.html", status=404)
