"""Decks from Anki and to Anki: send a package, take over its scheduling, take a deck along."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quizzes.domain.errors import PackageInvalid, QuizzesError
from quizzes.selectors.deck_imports import imports_of
from quizzes.services.anki import adopt_offer, export_file
from quizzes.services.imports import begin_import
from studyhub.base import clock

KIND = "application/octet-stream"


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def upload(request: HttpRequest) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise PackageInvalid("No file was chosen.", cure="Choose an .apkg or .colpkg file.")
            row = begin_import(request.user, file.chunks(), file.name, now=clock.now())
        except QuizzesError as problem:
            refusal = problem
        else:
            return redirect("deck-import", row.pk)
    context = {"here": "cards", "imports": imports_of(request.user), "refusal": refusal}
    status = refusal.status if refusal else 200
    return render(request, "quizzes/anki_import.html", context, status=status)


@login_required
@require_POST
def adopt(request: HttpRequest, import_id: UUID) -> HttpResponse:
    text = request.POST.get("offer", "")
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    adopt_offer(request.user, import_id, place, now=clock.now())
    messages.success(request, "Your reviews are now scheduled with these parameters.")
    return redirect("deck-import", import_id)


@login_required
@require_GET
@never_cache
def export_deck(request: HttpRequest, slug: str) -> HttpResponse:
    return _package(request, f"{slug}.apkg", deck=slug)


@login_required
@require_GET
@never_cache
def export_all(request: HttpRequest) -> HttpResponse:
    return _package(request, "studyhub.apkg", course=request.GET.get("course") == "1")


def _package(request: HttpRequest, name: str, **wanted: Any) -> HttpResponse:
    legacy = request.GET.get("format") == "legacy"
    package = export_file(request.user, now=clock.now(), legacy=legacy, **wanted)
    return FileResponse(package, as_attachment=True, filename=name, content_type=KIND)
