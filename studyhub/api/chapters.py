"""Chapters: notes, prompts and labs together; `add` makes a chapter's cards."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from content import selectors
from quizzes.services import add_chapter
from studyhub.base import clock


class ChapterReply(serializers.Serializer[Any]):
    slug = serializers.CharField()
    course = serializers.CharField(source="deck.slug", help_text="Slug of its course's deck.")
    course_title = serializers.CharField(source="deck.title")
    number = serializers.IntegerField()
    title = serializers.CharField()
    summary = serializers.CharField()
    labs = serializers.ListField(child=serializers.CharField(), help_text="Slugs of its labs.")
    prompt_count = serializers.IntegerField()
    minutes = serializers.IntegerField(help_text="Minutes of reading.")


class BlockReply(serializers.Serializer[Any]):
    """A piece of the notes: HTML, a prompt's place, or a lab's place."""

    type = serializers.ChoiceField(["html", "prompt", "lab"])
    html = serializers.CharField(required=False)
    id = serializers.CharField(required=False, help_text="The prompt that stands here.")
    slug = serializers.CharField(required=False, help_text="The lab that stands here.")


class SectionReply(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    minutes = serializers.IntegerField()
    facts = serializers.ListField(child=serializers.CharField())
    markdown = serializers.CharField(source="notes")
    blocks = BlockReply(many=True)


class ChoiceReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    html = serializers.CharField()


class PromptReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    section = serializers.CharField(source="section.slug", allow_null=True, default=None)
    question_html = serializers.CharField()
    answer_html = serializers.CharField()
    explanation_html = serializers.CharField()
    choices = ChoiceReply(many=True)
    facts = serializers.ListField(child=serializers.CharField())
    requires = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()


class WholeChapterReply(serializers.Serializer[Any]):
    slug = serializers.CharField()
    course = serializers.CharField(source="deck.slug", help_text="Slug of its course's deck.")
    number = serializers.IntegerField()
    title = serializers.CharField()
    lead_html = serializers.CharField()
    summary = serializers.CharField()
    labs = serializers.ListField(child=serializers.CharField())
    sections = SectionReply(source="sections.all", many=True)
    prompts = PromptReply(source="prompts.all", many=True)


class AddedReply(serializers.Serializer[Any]):
    added = serializers.IntegerField(help_text="Cards that were not there before.")


class ChaptersView(ListAPIView[Any]):
    """All chapters in reading order, course after course."""

    serializer_class = ChapterReply
    ordering = ("deck_id", "position", "pk")

    def get_queryset(self) -> Any:
        return selectors.chapters()


class ChapterView(APIView):
    @extend_schema(responses=WholeChapterReply)
    def get(self, request: Request, slug: str) -> Response:
        """One chapter whole: its notes as HTML and Markdown, its prompts, its labs."""
        return Response(WholeChapterReply(selectors.chapter_by_slug(slug)).data)


class AddChapterView(APIView):
    @extend_schema(request=None, responses=AddedReply)
    def post(self, request: Request, slug: str) -> Response:
        """Makes cards of the chapter's prompts; those that are cards already stay as they are."""
        added = add_chapter(request.user, slug, now=clock.now())
        return Response(AddedReply({"added": added}).data)
