"""Tables of the course and of personal decks.

Nothing that a learner's history points at is deleted: what leaves the course's files gets
`retired_at`. A prompt's primary key is its stable id from the files. `version` counts the texts
that a prompt had; `content_hash` tells whether a text changed, `render_key` whether its HTML is
out of date.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from content.domain import prompts as domain


class Deck(models.Model):
    """The course (no owner), or a learner's own cards.

    A deck that its owner deleted keeps its row and its prompts, which were retired at the same
    moment: so it can be brought back whole.
    """

    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    licence = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="decks"
    )
    description = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(owner=None), name="deck_slug_of_course"
            ),
            models.UniqueConstraint(fields=["owner", "slug"], name="deck_slug_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class Chapter(models.Model):
    deck = models.ForeignKey(Deck, models.CASCADE, related_name="chapters")
    slug = models.SlugField(max_length=80, unique=True)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    lead = models.TextField()
    lead_html = models.TextField()
    summary = models.CharField(max_length=500)
    labs = models.JSONField(default=list)
    position = models.PositiveIntegerField()
    retired_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["deck_id", "position"]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Section(models.Model):
    """A part of a chapter's notes. `blocks` is a list of {"type": "html", "html"}, {"type":
    "prompt", "id"} and {"type": "lab", "slug"}; `notes` the Markdown that it was made from."""

    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="sections")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    facts = models.JSONField(default=list)
    position = models.PositiveIntegerField()
    blocks = models.JSONField(default=list)
    notes = models.TextField()
    minutes = models.PositiveSmallIntegerField(default=1)
    render_key = models.CharField(max_length=64)
    retired_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chapter", "slug"], name="section_slug_in_chapter")
        ]

    def __str__(self) -> str:
        return self.title


class Fact(models.Model):
    """What a chapter must teach, from the course's facts.tsv. `code` is its id there (C4-09);
    sections and prompts name it. Written by sync, for the page of coverage."""

    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="facts")
    code = models.CharField(max_length=40)
    topic = models.CharField(max_length=200)
    text = models.TextField()
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chapter", "code"], name="fact_once_in_chapter")
        ]

    def __str__(self) -> str:
        return self.code


class NoteType(models.Model):
    """How an imported note becomes cards. `definition` is Anki's own JSON of the note type, with
    its fields, templates and style, kept whole so that an export gives back what came in."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="note_types")
    anki_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    definition = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "anki_id"], name="note_type_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """An imported note, of which one or more prompts were made. `guid` is the same in every
    export of the deck: importing again updates this note."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes")
    note_type = models.ForeignKey(NoteType, models.RESTRICT, related_name="notes")
    guid = models.CharField(max_length=200)
    anki_id = models.BigIntegerField()
    fields = models.JSONField()
    tags = models.JSONField(default=list)
    modified_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "guid"], name="note_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.guid


class Media(models.Model):
    """A picture or sound of a learner's own cards. The file lies under MEDIA_ROOT by the SHA-256
    of its content; `name` is what the cards call it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="card_media")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "media"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="media_name_of_owner")
        ]

    def __str__(self) -> str:
        return self.name


class Prompt(models.Model):
    """A question with its answer, as Markdown and as HTML.

    `choices` holds options or items without telling which are right; `option_notes` says in HTML,
    by option id, why an option is wrong, and is for after the answer. A personal prompt has an
    owner and no chapter, and `sync_course` never touches it; its `change_seq` is the owner's
    change number at its last change. One that was imported has the `note` it was made of and the
    `template` (Anki's ordinal), and `anki` with what only an export needs.
    """

    id = models.CharField(max_length=80, primary_key=True)
    deck = models.ForeignKey(Deck, models.CASCADE, related_name="prompts")
    chapter = models.ForeignKey(
        Chapter, models.CASCADE, null=True, blank=True, related_name="prompts"
    )
    section = models.ForeignKey(
        Section, models.SET_NULL, null=True, blank=True, related_name="prompts"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="prompts",
        db_index=False,  # the partial indexes below serve owners, and the course's texts apart
    )
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in domain.Kind])
    version = models.PositiveIntegerField(default=1)
    question = models.TextField()
    explanation = models.TextField(blank=True)
    answer = models.JSONField()
    question_html = models.TextField()
    answer_html = models.TextField()
    explanation_html = models.TextField(blank=True)
    question_text = models.CharField(max_length=500)
    choices = models.JSONField(default=list)
    option_notes = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    requires = models.JSONField(default=list)
    source = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    note = models.ForeignKey(Note, models.CASCADE, null=True, blank=True, related_name="prompts")
    template = models.PositiveSmallIntegerField(null=True, blank=True)
    anki = models.JSONField(default=dict)
    change_seq = models.BigIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    render_key = models.CharField(max_length=64, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["deck_id", "chapter__position", "position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(chapter=None),
                name="prompt_personal_has_no_chapter",
            ),
            models.UniqueConstraint(fields=["note", "template"], name="prompt_once_per_template"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["chapter", "position"]),
            models.Index(
                fields=["updated_at", "id"],
                name="prompt_texts_of_course",
                condition=models.Q(owner=None),
            ),
            models.Index(
                fields=["owner", "change_seq"],
                name="prompt_changes_of_owner",
                condition=models.Q(owner__isnull=False),
            ),
            models.Index(
                fields=["owner", "deck", "position"],
                name="prompt_of_owner",
                condition=models.Q(owner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def right_answer(self) -> domain.Answer:
        return domain.answer_from_json(self.answer)


class Figure(models.Model):
    """A PNG of the notes. `name` changes with its content, so a stored page never loses its own."""

    chapter_slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chapter_slug", "name"], name="figure_name_in_chapter")
        ]

    def __str__(self) -> str:
        return f"{self.chapter_slug}/{self.name}"
