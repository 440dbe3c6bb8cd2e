"""A learner's deck as a file, to take along or to edit elsewhere."""

from collections.abc import Iterator

from content.domain.own import OwnPrompt
from content.format.card_files import write_markdown
from content.format.card_tables import write_table
from quizzes.selectors.decks import as_own, own_prompts, owned_deck
from quizzes.services.anki.texts import as_text
from studyhub.accounts.models import User


def deck_csv(user: User, slug: str) -> str:
    """The deck as CSV. Raises DeckNotFound."""
    return write_table(owned_deck(user, slug).title, _of(user, slug))


def deck_markdown(user: User, slug: str) -> str:
    """The deck in the form of questions.md. Raises DeckNotFound."""
    return write_markdown(owned_deck(user, slug).title, _of(user, slug))


def _of(user: User, slug: str) -> Iterator[OwnPrompt]:
    prompts = own_prompts(user, owned_deck(user, slug)).select_related("note__note_type")
    for prompt in prompts.iterator(chunk_size=500):
        yield as_own(prompt) if prompt.note is None else as_text(as_own(prompt), prompt)
