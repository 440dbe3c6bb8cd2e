"""The learner's pictures and sounds: seen, added, deleted."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from content.domain.errors import MediaRefused, MediaTooLarge
from content.domain.media import FILE_MAX, SOUND_TYPES, TAKEN
from quizzes.selectors import decks as decks_of
from quizzes.services import media
from studyhub.base.words import counted, size

FILES_AT_ONCE = 20
PAGE = 60


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def files(request: HttpRequest) -> HttpResponse:
    """The files, newest names found by the alphabet; POST adds up to twenty."""
    refused: list[MediaRefused] = []
    if request.method == "POST":
        kept, refused = _keep(request)
        if kept:
            messages.success(request, f"{counted(kept, 'file')} kept.")
        if not refused:
            return redirect("card-files")
    page = Paginator(decks_of.media_of(request.user), PAGE).get_page(request.GET.get("page"))
    used, room = decks_of.media_room(request.user)
    context = {
        "here": "cards",
        "files": [
            {"file": file, "sound": file.name.rpartition(".")[2] in SOUND_TYPES}
            for file in decks_of.media_views(page.object_list)
        ],
        "page": page,
        "refused": refused,
        "used": size(used),
        "room": size(room),
        "taken": TAKEN,
        "largest": size(FILE_MAX),
    }
    return render(request, "quizzes/card_files.html", context, status=400 if refused else 200)


def _keep(request: HttpRequest) -> tuple[int, list[MediaRefused]]:
    sent: list[Any] = request.FILES.getlist("file")
    if not sent:
        return 0, [MediaRefused("No file was chosen.", cure="Choose one, then press Keep.")]
    if len(sent) > FILES_AT_ONCE:
        return 0, [MediaRefused(f"More than {FILES_AT_ONCE} files at once.", cure="Send fewer.")]
    refused: list[MediaRefused] = []
    kept = 0
    for file in sent:
        try:
            if file.size > FILE_MAX:
                cure = f"Make it smaller: one file may have {size(FILE_MAX)}."
                raise MediaTooLarge(f"{file.name!r} has {size(file.size)}.", cure=cure)
            media.store_media(request.user, file.name, file.read())
            kept += 1
        except MediaRefused as refusal:
            refused.append(refusal)
    return kept, refused


@login_required
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    media.delete_media(request.user, request.POST.get("name", ""))
    messages.success(request, "The file is deleted. Cards that show it show its words instead.")
    return redirect("card-files")
