"""Decks whose titles lie within one another are shown as a tree."""

from hypothesis import given
from hypothesis import strategies as st

from quizzes.selectors.decks import DeckView
from quizzes.web.deck_tree import Branch, deck_tree


def decks(*titles: str) -> list[DeckView]:
    return [DeckView(n, f"deck-{n}", title, "", n, 0, 0) for n, title in enumerate(titles, 1)]


def told(branches: list[Branch]) -> list[object]:
    """Names, those that are no deck in brackets, each with what lies below."""
    found: list[object] = []
    for branch in branches:
        name = branch.name if branch.deck else f"({branch.name})"
        found.append([name, *told(branch.below)] if branch.below else name)
    return found


def test_a_deck_stands_below_the_one_that_its_title_names():
    made = decks("Physics::Optics", "Art", "Physics", "physics :: Sound", "Physics::Optics::Lenses")
    assert told(deck_tree(made)) == ["Art", ["Physics", ["Optics", "Lenses"], "Sound"]]


def test_a_title_that_is_no_deck_holds_the_decks_within_it():
    [languages] = deck_tree(decks("Languages::French", "Languages::Latin::Verbs"))
    assert told([languages]) == [["(Languages)", "French", ["(Latin)", "Verbs"]]]
    assert (languages.decks, languages.cards) == (2, 3)


def test_decks_of_one_title_stand_beside_each_other():
    assert told(deck_tree(decks("Optics", "Optics"))) == ["Optics", "Optics"]


def test_titles_of_nothing_but_colons_are_names():
    assert told(deck_tree(decks("::", "A::", "::B"))) == ["::", "A", "B"]


def test_very_deep_decks_stay_on_the_level_that_a_phone_can_show():
    assert told(deck_tree(decks("a::b::c::d::e::f"))) == [["(a)", ["(b)", ["(c)", "d::e::f"]]]]


@given(st.lists(st.text(":ab ", min_size=1, max_size=12).filter(str.strip), max_size=12))
def test_every_deck_is_shown_once(titles: list[str]):
    seen: list[int] = []

    def walk(branches: list[Branch]) -> None:
        for branch in branches:
            seen.extend([branch.deck.id] if branch.deck else [])
            walk(branch.below)

    walk(deck_tree(decks(*titles)))
    assert sorted(seen) == list(range(1, len(titles) + 1))
