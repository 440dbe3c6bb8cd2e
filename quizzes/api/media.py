"""Serves a learner's pictures and sounds: to their owner alone, as things that can do nothing."""

import re
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from content.domain.errors import DeckNotFound, MediaTooLarge
from content.domain.media import FILE_MAX, HEAD, IMAGE_TYPES, SOUND_TYPES, content_type, kind_of
from quizzes.api.serializers import checked
from quizzes.selectors import decks as decks_of
from quizzes.services import media

YEAR = 31_536_000
INERT = "default-src 'none'; sandbox"
_BYTE = re.compile(r"[0-9]{1,12}")


class MediaUpload(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A picture or a sound of at most 10 MB")


class MediaReply(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="What cards call it: ![words](name)")
    url = serializers.CharField(help_text="Where it is served to you, also with a token")
    size = serializers.IntegerField(help_text="Bytes")


class MediaListView(ListAPIView[Any]):
    parser_classes = (MultiPartParser, FormParser)
    serializer_class = MediaReply
    ordering = ("name",)

    def get_queryset(self) -> Any:
        return decks_of.media_of(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(MediaReply(decks_of.media_views(page), many=True).data)

    @extend_schema(responses=MediaReply(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your pictures and sounds by name."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": MediaUpload}, responses={201: MediaReply})
    def post(self, request: Request) -> Response:
        """Keeps a picture or a sound. The same bytes again give the same file.

        PNG, JPEG, GIF, WebP; MP3, Ogg, WAV, FLAC, M4A, told by their content. Where the name is
        another file's, the answer says the name that it got.
        """
        file = checked(MediaUpload, request.data)["file"]
        if file.size > FILE_MAX:
            raise MediaTooLarge("The file is too large.", cure="One file may have 10 MB.")
        stored = media.store_media(request.user, file.name, file.read())
        return Response(MediaReply(stored).data, status=status.HTTP_201_CREATED)


class MediaView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Deletes a file. Cards that show it show its words instead."""
        media.delete_media(request.user, name)
        return Response(status=status.HTTP_204_NO_CONTENT)


class FileView(APIView):
    """The bytes of one file, at the address that cards have."""

    @extend_schema(responses=OpenApiResponse(OpenApiTypes.BINARY), exclude=True)
    def get(self, request: Request, sha: str, name: str) -> HttpResponseBase:
        """A file of yours. Sounds can be asked for in ranges, as players do."""
        row = decks_of.media_file(request.user, name)
        path = media.media_path(row.sha256)
        if not row.sha256.startswith(sha) or not path.is_file():
            raise DeckNotFound("There is no such file of yours.", cure="It may be deleted.")
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD))
        response = _ranged(request, path, row.size)
        response["Content-Type"] = content_type(kind)
        shown = kind in IMAGE_TYPES or kind in SOUND_TYPES
        response["Content-Disposition"] = "inline" if shown else "attachment"
        response["Content-Security-Policy"] = INERT
        response["X-Content-Type-Options"] = "nosniff"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
        response["Accept-Ranges"] = "bytes"
        return response


def _ranged(request: Request, path: Path, size: int) -> HttpResponseBase:
    """The whole file, or the one range that was asked for; Safari plays no sound without."""
    unit, _, asked = request.headers.get("Range", "").partition("=")
    first, dash, last = asked.partition("-")
    if unit.strip() != "bytes" or not dash or not _BYTE.fullmatch(first):
        return FileResponse(path.open("rb"))
    start = int(first)
    end = min(int(last), size - 1) if _BYTE.fullmatch(last) else size - 1
    if start > end:
        response = HttpResponse(status=status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{size}"
        return response
    with path.open("rb") as file:
        file.seek(start)
        part = file.read(end - start + 1)
    response = HttpResponse(part, status=status.HTTP_206_PARTIAL_CONTENT)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response
