"""Personal decks: made, renamed, deleted and brought back. No history is ever lost."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from content.domain.errors import DeckInvalid, DeckNotFound
from content.domain.own import DESCRIPTION_MAX, TITLE_MAX, one_line, tidy
from content.models import Deck, Prompt
from quizzes.domain.wording import storable
from quizzes.selectors.decks import owned_deck
from quizzes.services.intake import locked_memory
from quizzes.services.own_cards import retire
from studyhub.accounts.models import User

SLUG_MAX = 60
DECKS_MAX = 2_000
#: Words that stand in the place of a slug in addresses of their own.
RESERVED = frozenset({"new", "import", "restore"})


def create_deck(user: User, *, title: str, description: str = "") -> Deck:
    """A new, empty deck; its slug is made from the title and never changes. Raises DeckInvalid."""
    title, description = _checked(title, description)
    with transaction.atomic():
        locked_memory(user)
        return _create(user, title, description)


def deck_titled(user: User, title: str, description: str = "") -> Deck:
    """The learner's deck of this title, made where there is none: for imports and retries."""
    title, description = _checked(title, description)
    with transaction.atomic():
        locked_memory(user)
        found = Deck.objects.filter(owner=user, title=title, retired_at=None).order_by("pk").first()
        return found or _create(user, title, description)


def change_deck(user: User, slug: str, *, title: str, description: str) -> Deck:
    """Renames or describes a deck. Raises DeckNotFound, DeckInvalid."""
    title, description = _checked(title, description)
    with transaction.atomic():
        locked_memory(user)
        deck = owned_deck(user, slug)
        deck.title, deck.description = title, description
        deck.save(update_fields=["title", "description"])
        return deck


def delete_deck(user: User, slug: str, *, now: datetime) -> int:
    """Deletes a deck with its cards, which `restore_deck` brings back; gives how many they are."""
    with transaction.atomic():
        memory = locked_memory(user)
        deck = owned_deck(user, slug)
        deck.retired_at = now
        deck.save(update_fields=["retired_at"])
        prompts = list(Prompt.objects.filter(deck=deck, retired_at=None))
        return retire(memory, prompts, now, now=now)


def restore_deck(user: User, slug: str, *, now: datetime) -> Deck:
    """Brings a deleted deck back, with the cards that were deleted together with it."""
    with transaction.atomic():
        memory = locked_memory(user)
        rows = Deck.objects.filter(owner=user, slug=slug).exclude(retired_at=None)
        deck = rows.first() if storable(slug) else None
        if deck is None:
            raise DeckNotFound(f"You deleted no deck {slug[:80]!r}.", cure="See the list of decks.")
        prompts = list(Prompt.objects.filter(deck=deck, retired_at=deck.retired_at))
        deck.retired_at = None
        deck.save(update_fields=["retired_at"])
        retire(memory, prompts, None, now=now)
        return deck


def _create(user: User, title: str, description: str) -> Deck:
    taken = set(Deck.objects.filter(owner=user).values_list("slug", flat=True))
    if len(taken) >= DECKS_MAX:
        raise DeckInvalid(
            f"There is room for {DECKS_MAX:,} decks.", cure="Use tags to divide one further."
        )
    stem = slugify(title)[:SLUG_MAX].strip("-") or "deck"
    slug, number = stem, 1
    while slug in taken or slug in RESERVED:
        number += 1
        slug = f"{stem}-{number}"
    return Deck.objects.create(owner=user, slug=slug, title=title, description=description)


def _checked(title: str, description: str) -> tuple[str, str]:
    title, description = one_line(title), tidy(description)
    errors = {}
    if not title:
        errors["title"] = ["Give the deck a title."]
    elif len(title) > TITLE_MAX:
        errors["title"] = [f"The title has {len(title)} letters; {TITLE_MAX} fit."]
    if len(description) > DESCRIPTION_MAX:
        errors["description"] = [f"{len(description):,} letters; {DESCRIPTION_MAX:,} fit."]
    if errors:
        message = " ".join(problem for problems in errors.values() for problem in problems)
        raise DeckInvalid(message, errors=errors)
    return title, description
