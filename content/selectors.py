"""Reads of the course. Retired chapters, sections and prompts are left out unless it says so."""

from collections.abc import Collection

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from content.domain import course as domain
from content.domain.coverage import ChapterCover, chapter_cover
from content.domain.errors import ContentNotFound
from content.models import Chapter, Deck, Fact, Figure, Prompt, Section
from studyhub.accounts.models import User


def chapters() -> QuerySet[Chapter]:
    """Chapters in reading order, course after course, as one query.

    Each has its `deck`, `prompt_count` and `minutes` (of reading).
    """
    minutes = (
        Section.objects.filter(chapter=OuterRef("pk"), retired_at=None)
        .order_by()
        .values("chapter")
        .annotate(sum=Sum("minutes"))
        .values("sum")
    )
    count = Count("prompts", filter=Q(prompts__retired_at=None))
    rows = Chapter.objects.filter(retired_at=None, deck__retired_at=None).select_related("deck")
    rows = rows.annotate(prompt_count=count, minutes=Coalesce(Subquery(minutes), 0))
    return rows.order_by("deck_id", "position")  # a grouped query leaves the model's ordering out


def chapter_by_slug(slug: str) -> Chapter:
    """The chapter with `.sections.all()` and `.prompts.all()` in order, as three queries.

    It has `prompt_count` and `minutes` like those of `chapters`. Raises ContentNotFound.
    """
    chapter = (
        chapters()
        .prefetch_related(
            Prefetch("sections", Section.objects.filter(retired_at=None).order_by("position")),
            Prefetch(
                "prompts",
                Prompt.objects.filter(retired_at=None)
                .select_related("section", "chapter")
                .order_by("position"),
            ),
        )
        .filter(slug=slug)
        .first()
    )
    if chapter is None:
        raise _no_chapter(slug)
    return chapter


def chapter_text(slug: str) -> Chapter:
    """The chapter with `.sections.all()` alone, as two queries. Raises ContentNotFound."""
    sections = Prefetch("sections", Section.objects.filter(retired_at=None).order_by("position"))
    found = Chapter.objects.filter(retired_at=None, slug=slug).prefetch_related(sections).first()
    if found is None:
        raise _no_chapter(slug)
    return found


def _no_chapter(slug: str) -> ContentNotFound:
    return ContentNotFound(
        f"There is no chapter {slug!r}.", cure="The list of chapters shows those there are."
    )


def coverage() -> list[tuple[Deck, list[ChapterCover]]]:
    """Each course with its chapters: which facts stand in notes and in prompts. Four queries."""
    facts: dict[int, list[domain.Fact]] = {}
    for fact in Fact.objects.order_by("position"):
        known = domain.Fact(fact.code, fact.topic, fact.text)
        facts.setdefault(fact.chapter_id, []).append(known)
    sections: dict[int, list[tuple[str, list[str]]]] = {}
    live = Section.objects.filter(retired_at=None).order_by("position")
    for chapter_id, slug, named in live.values_list("chapter_id", "slug", "facts"):
        sections.setdefault(chapter_id, []).append((slug, named))
    prompts: dict[int | None, list[tuple[str, str, list[str]]]] = {}
    asked = Prompt.objects.filter(retired_at=None, owner=None).order_by("position")
    for chapter_id, id_, kind, named in asked.values_list("chapter_id", "pk", "kind", "facts"):
        prompts.setdefault(chapter_id, []).append((id_, kind, named))
    courses: dict[int, tuple[Deck, list[ChapterCover]]] = {}
    for row in Chapter.objects.filter(retired_at=None, deck__retired_at=None).select_related(
        "deck"
    ):
        cover = chapter_cover(
            row.number,
            row.slug,
            row.title,
            facts.get(row.pk, ()),
            sections.get(row.pk, ()),
            prompts.get(row.pk, ()),
        )
        courses.setdefault(row.deck_id, (row.deck, []))[1].append(cover)
    return list(courses.values())


def sections_by_fact(facts: Collection[str]) -> dict[str, Section]:
    """The section that teaches each fact, with its chapter; untaught facts are left out."""
    wanted = set(facts)
    rows = Section.objects.filter(retired_at=None, chapter__retired_at=None)
    found: dict[str, Section] = {}
    fields = ("slug", "title", "facts", "chapter__slug", "chapter__title", "chapter__number")
    for section in rows.select_related("chapter").only(*fields).order_by("-position"):
        found.update(dict.fromkeys(wanted.intersection(section.facts), section))
    return found


def prompts_by_id(
    ids: Collection[str], viewer: User | None, *, retired: bool = False
) -> dict[str, Prompt]:
    """Prompts with their chapter and section, by id; unknown ids are left out. One query.

    `viewer` sees the course and their own prompts, and never another learner's; None sees the
    course alone. With `retired`, those that left the course too: their reviews are still history.
    """
    visible = Q(owner=None) if viewer is None else Q(owner=None) | Q(owner=viewer.pk)
    rows = Prompt.objects.filter(visible, pk__in=ids).select_related("chapter", "section")
    if not retired:
        rows = rows.filter(retired_at=None)
    return {prompt.pk: prompt for prompt in rows}


def prompt_by_id(prompt_id: str, viewer: User | None) -> Prompt:
    """One current prompt that the viewer may see, as above. Raises ContentNotFound."""
    try:
        return prompts_by_id([prompt_id], viewer)[prompt_id]
    except KeyError:
        raise ContentNotFound(
            f"There is no prompt {prompt_id!r}.", cure="It may have been retired."
        ) from None


def figure(chapter_slug: str, name: str) -> bytes:
    """A picture's PNG data. Raises ContentNotFound."""
    rows = Figure.objects.filter(chapter_slug=chapter_slug, name=name)
    row = None if "\x00" in name else rows.first()
    if row is None:
        raise ContentNotFound(f"There is no figure {name!r}.", cure="Reload the page.")
    return bytes(row.data)
