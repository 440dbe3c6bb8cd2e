"""Files of cards that come in, Anki packages that go out."""

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

from quizzes.api.serializers import checked
from quizzes.selectors.deck_imports import deck_import
from quizzes.services.anki import export_file
from quizzes.services.imports import begin_import
from studyhub.base.clock import now

KIND = "application/octet-stream"
FORMATS = ("modern", "legacy")


class ImportBody(serializers.Serializer[Any]):
    file = serializers.FileField(
        help_text=".apkg, .colpkg or .anki2 of at most 512 MiB; .csv, .tsv, .txt or .md of 5 MB"
    )
    id = serializers.UUIDField(
        required=False, help_text="Yours to choose: sending it again gives the same import"
    )
    deck = serializers.SlugField(
        max_length=80,
        default="",
        help_text="Where the cards of a table or of Markdown go; without, the file names decks",
    )
    without_wrong = serializers.BooleanField(
        default=False,
        help_text="Leave out what cannot be read of a table or of Markdown; else it is refused",
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
    done = serializers.IntegerField(help_text="Notes or cards read so far")
    total = serializers.IntegerField()
    report = serializers.SerializerMethodField(help_text="null until it is done")
    message = serializers.CharField(help_text="Why it was refused")
    cure = serializers.CharField()
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is wrong in the file, by line",
    )

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
        """Sends a package or a file of cards in; a worker imports it. Ask the returned id how far
        it is."""
        asked = checked(ImportBody, request.data)
        row = begin_import(
            request.user,
            asked["file"].chunks(),
            asked["file"].name,
            now=now(),
            import_id=asked.get("id"),
            deck=asked["deck"],
            without_wrong=asked["without_wrong"],
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
        legacy = checked(ExportQuery, request.query_params)["format"] == "legacy"
        package = export_file(request.user, now=now(), deck=slug, legacy=legacy)
        return FileResponse(package, as_attachment=True, filename=f"{slug}.apkg", content_type=KIND)
