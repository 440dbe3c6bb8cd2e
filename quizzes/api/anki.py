"""Packages from Anki and to Anki."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes.selectors.deck_imports import deck_import
from quizzes.services.anki import begin_import, export_file
from studyhub.base.clock import now

KIND = "application/octet-stream"
FORMATS = ("modern", "legacy")


class ImportBody(serializers.Serializer[Any]):
    file = serializers.FileField(help_text=".apkg, .colpkg or .anki2, at most 512 MiB")
    id = serializers.UUIDField(
        required=False, help_text="Yours to choose: sending it again gives the same import"
    )


class LeftOut(serializers.Serializer[Any]):
    why = serializers.CharField()
    count = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.CharField())


class OfferReply(serializers.Serializer[Any]):
    name = serializers.CharField()
    weights = serializers.ListField(child=serializers.FloatField())
    desired_retention = serializers.FloatField(allow_null=True)


class ImportReportReply(serializers.Serializer[Any]):
    decks = serializers.ListField(child=serializers.CharField())
    notes = serializers.DictField(child=serializers.IntegerField())
    cards = serializers.DictField(child=serializers.IntegerField())
    reviews = serializers.DictField(child=serializers.IntegerField())
    media = serializers.IntegerField()
    offers = OfferReply(many=True)
    left_out = LeftOut(many=True)


class ImportReply(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "running", "done", "refused"])
    done = serializers.IntegerField(help_text="Notes read so far")
    total = serializers.IntegerField()
    report = serializers.SerializerMethodField(help_text="null until it is done")
    message = serializers.CharField(help_text="Why it was refused")
    cure = serializers.CharField()

    @extend_schema_field(ImportReportReply(allow_null=True))
    def get_report(self, found: Any) -> dict[str, Any] | None:
        return ImportReportReply(found.report).data if found.report else None


class ExportQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(FORMATS, default="modern")


class _AnyForm(DefaultContentNegotiation):
    """`format` names the form of the package here, not that of the answer."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ImportsView(APIView):
    parser_classes = (MultiPartParser, FormParser)

    @extend_schema(request={"multipart/form-data": ImportBody}, responses={202: ImportReply})
    def post(self, request: Request) -> Response:
        """Sends a package in; a worker imports it. Ask the returned id how far it is."""
        asked = ImportBody(data=request.data)
        asked.is_valid(raise_exception=True)
        file = asked.validated_data["file"]
        row = begin_import(
            request.user,
            file.chunks(),
            file.name,
            now=now(),
            import_id=asked.validated_data.get("id"),
        )
        found = deck_import(request.user, row.pk)
        return Response(ImportReply(found).data, status=status.HTTP_202_ACCEPTED)


class ImportView(APIView):
    @extend_schema(responses=ImportReply)
    def get(self, request: Request, id: UUID) -> Response:
        """How far an import is, and its report when it is done."""
        return Response(ImportReply(deck_import(request.user, id)).data)


class DeckExportView(APIView):
    content_negotiation_class = _AnyForm

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=FORMATS, default="modern")],
        responses={(200, KIND): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """One of your decks as an Anki package, with its reviews and media."""
        asked = ExportQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        legacy = asked.validated_data["format"] == "legacy"
        package = export_file(request.user, now=now(), deck=slug, legacy=legacy)
        return FileResponse(package, as_attachment=True, filename=f"{slug}.apkg", content_type=KIND)
