"""A learner's deck as a file, to take along or to edit elsewhere."""

from content.domain.own import OwnPrompt
from content.format.card_files import write_markdown
from content.format.card_tables import write_table
from quizzes.selectors.decks import as_own, own_prompts, owned_deck
from studyhub.accounts.models import User


def deck_csv(user: User, slug: str) -> str:
    """The deck as CSV. Raises DeckNotFound."""
    title, prompts = _of(user, slug)
    return write_table(title, prompts)


def deck_markdown(user: User, slug: str) -> str:
    """The deck in the form of questions.md. Raises DeckNotFound."""
    title, prompts = _of(user, slug)
    return write_markdown(title, prompts)


def _of(user: User, slug: str) -> tuple[str, list[OwnPrompt]]:
    deck = owned_deck(user, slug)
    return deck.title, [as_own(prompt) for prompt in own_prompts(user, deck).iterator()]
