"""Decks as a tree: a title as `Physics::Optics` names a deck within another one, as in Anki."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from quizzes.selectors.decks import DeckView

BETWEEN = "::"
#: Deeper decks stand on this level with the rest of their titles: a phone has no room to indent.
DEEPEST = 4


@dataclass
class Branch:
    """A deck under `name`, its own part of the title; `deck` is None where decks lie within a
    title that is no deck itself."""

    name: str
    deck: DeckView | None = None
    below: list["Branch"] = field(default_factory=list)

    @property
    def decks(self) -> int:
        """How many decks there are here and below."""
        return (self.deck is not None) + sum(branch.decks for branch in self.below)

    @property
    def cards(self) -> int:
        own = self.deck.cards if self.deck else 0
        return own + sum(branch.cards for branch in self.below)


def deck_tree(decks: Iterable[DeckView]) -> list[Branch]:
    """The decks by their titles, each below the one that its title names.

    Two decks of one title stand beside each other. Case and spaces around a part do not matter.
    """
    top = Branch("")
    for deck in sorted(decks, key=lambda deck: [part.casefold() for part in _parts(deck.title)]):
        *above, name = _parts(deck.title)
        branch = top
        for part in above:
            branch = _below(branch, part)
        same = _named(branch, name)
        if same is not None and same.deck is None:
            same.deck = deck
        else:
            branch.below.append(Branch(name, deck))
    return top.below


def _parts(title: str) -> list[str]:
    parts = [part.strip() for part in title.split(BETWEEN)]
    parts = [part for part in parts if part] or [title]
    return [*parts[: DEEPEST - 1], BETWEEN.join(parts[DEEPEST - 1 :])][: len(parts)]


def _below(branch: Branch, name: str) -> Branch:
    found = _named(branch, name)
    if found is None:
        found = Branch(name)
        branch.below.append(found)
    return found


def _named(branch: Branch, name: str) -> Branch | None:
    same = (one for one in branch.below if one.name.casefold() == name.casefold())
    return next(same, None)
