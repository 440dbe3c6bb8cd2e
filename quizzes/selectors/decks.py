"""A learner's decks, own cards and files. Nothing here ever shows another learner's."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from content.domain.errors import DeckNotFound
from content.domain.media import QUOTA, address
from content.domain.own import OwnPrompt
from content.domain.prompts import Kind
from content.format.own import OwnFields, files_in
from content.format.own_answers import plain_answer
from content.models import Chapter, Deck, Media, Prompt
from quizzes.domain.errors import QuizNotFound
from quizzes.domain.scheduler import Phase
from quizzes.domain.wording import storable
from quizzes.models import Card
from studyhub.accounts.models import User


@dataclass(frozen=True)
class DeckView:
    """A deck with its numbers: cards that were not deleted, of those new ones and due ones."""

    id: int
    slug: str
    title: str
    description: str
    cards: int
    new: int
    due: int
    retired_at: datetime | None = None


@dataclass(frozen=True)
class MediaView:
    name: str
    url: str
    size: int


def decks(user: User, *, now: datetime) -> list[DeckView]:
    """The learner's decks by title, as two queries."""
    rows = list(Deck.objects.filter(owner=user, retired_at=None).order_by("title", "pk"))
    return _with_counts(user, rows, now)


def deck(user: User, slug: str, *, now: datetime) -> DeckView:
    """One deck. Raises DeckNotFound."""
    [view] = _with_counts(user, [owned_deck(user, slug)], now)
    return view


def owned_deck(user: User, slug: str) -> Deck:
    rows = Deck.objects.filter(owner=user, slug=slug, retired_at=None)
    found = rows.first() if storable(slug) else None
    if found is None:
        raise DeckNotFound(f"You have no deck {slug[:80]!r}.", cure="See the list of your decks.")
    return found


def course_cards(user: User, *, now: datetime) -> list[DeckView]:
    """The learner's cards of each course that they have cards of, as of decks."""
    courses = list(Deck.objects.filter(owner=None, retired_at=None).order_by("pk"))
    return [view for view in _with_counts(user, courses, now) if view.cards]


def part_title(user: User, slug: str, chapters: Sequence[str]) -> str:
    """What a session held to a deck (a course's, or the learner's own) or else to chapters is
    about: the title, or titles. Raises DeckNotFound, and QuizNotFound for an unknown chapter."""
    if slug:
        courses = Deck.objects.filter(owner=None, retired_at=None, slug=slug)
        course = courses.first() if storable(slug) else None
        return course.title if course is not None else owned_deck(user, slug).title
    rows = Chapter.objects.filter(slug__in=chapters, retired_at=None).order_by("deck", "position")
    titles = dict(rows.values_list("slug", "title"))
    if missing := next((chapter for chapter in chapters if chapter not in titles), None):
        raise QuizNotFound(f"There is no chapter {missing!r}.", cure="See the chapter list.")
    return ", ".join(titles.values())


def deleted_decks(user: User) -> list[Deck]:
    """Decks that can be brought back, newest first."""
    return list(Deck.objects.filter(owner=user).exclude(retired_at=None).order_by("-retired_at"))


def own_decks(user: User) -> QuerySet[Deck]:
    return Deck.objects.filter(owner=user, retired_at=None).order_by("title", "pk")


def _with_counts(user: User, rows: list[Deck], now: datetime) -> list[DeckView]:
    waiting = Q(suspended=False) & (Q(buried_until=None) | Q(buried_until__lte=now))
    counts = {
        row["prompt__deck"]: row
        for row in Card.objects.filter(
            user=user, removed=False, prompt__deck__in=rows, prompt__retired_at=None
        )
        .order_by()
        .values("prompt__deck")
        .annotate(
            all=Count("pk"),
            new=Count("pk", filter=waiting & Q(phase=Phase.NEW)),
            due=Count("pk", filter=waiting & Q(due__lte=now) & ~Q(phase=Phase.NEW)),
        )
    }
    none = {"all": 0, "new": 0, "due": 0}
    return [
        DeckView(
            row.pk,
            row.slug,
            row.title,
            row.description,
            counts.get(row.pk, none)["all"],
            counts.get(row.pk, none)["new"],
            counts.get(row.pk, none)["due"],
            row.retired_at,
        )
        for row in rows
    ]


def own_prompt(user: User, prompt_id: str, *, retired: bool = False) -> Prompt:
    """A learner's own prompt with its deck. Raises DeckNotFound for anything else."""
    rows = Prompt.objects.filter(owner=user, pk=prompt_id).select_related("deck", "note")
    found = (rows if retired else rows.filter(retired_at=None)).first()
    if found is None:
        raise DeckNotFound("There is no such card of yours.", cure="It may have been deleted.")
    return found


def own_prompts(user: User, deck: Deck) -> QuerySet[Prompt]:
    """The deck's prompts, in the order they came."""
    return Prompt.objects.filter(owner=user, deck=deck, retired_at=None).order_by("position", "pk")


def as_own(prompt: Prompt) -> OwnPrompt:
    return OwnPrompt(
        id=prompt.pk,
        kind=Kind(prompt.kind),
        question=prompt.question,
        answer=prompt.right_answer(),
        explanation=prompt.explanation,
        tags=tuple(prompt.tags),
        facts=tuple(prompt.facts),
    )


def as_fields(prompt: Prompt) -> OwnFields:
    """The texts of an own prompt as its form shows them."""
    own = as_own(prompt)
    answer = plain_answer(own.kind, own.question, own.answer)
    return OwnFields(own.kind, own.question, answer, own.explanation, " ".join(own.tags))


def addresses_for(user: User, *texts: str) -> dict[str, str]:
    """Where the learner's files that these Markdown texts show are served, by name."""
    return media_addresses(user, files_in(*texts))


def media_addresses(user: User, names: Collection[str]) -> dict[str, str]:
    if not names:
        return {}
    rows = Media.objects.filter(owner=user, name__in=list(names))
    return {row.name: address(row.sha256, row.name) for row in rows}


def media_file(user: User, name: str) -> Media:
    """One of the learner's files. Raises DeckNotFound."""
    found = Media.objects.filter(owner=user, name=name).first() if storable(name) else None
    if found is None:
        raise DeckNotFound("There is no such file of yours.", cure="It may have been deleted.")
    return found


def media_of(user: User) -> QuerySet[Media]:
    return Media.objects.filter(owner=user).order_by("name")


def media_views(rows: Collection[Media]) -> Iterator[MediaView]:
    for row in rows:
        yield MediaView(row.name, address(row.sha256, row.name), row.size)


def media_room(user: User) -> tuple[int, int]:
    """Bytes that the learner's files take, and that they may take."""
    return Media.objects.filter(owner=user).aggregate(total=Sum("size"))["total"] or 0, QUOTA
