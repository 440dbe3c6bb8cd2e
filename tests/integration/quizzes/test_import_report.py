"""What the page of a finished import tells."""

import pytest

from quizzes.models import DeckImport
from tests.integration.quizzes.conftest import NOW


@pytest.mark.parametrize(("decks", "more"), [(3, ""), (21, "and 1 more deck"), (64, "and 44 more")])
def test_the_decks_of_an_import_are_a_list_that_says_how_many_more(client, ada, decks, more):
    names = [f"Deck, the {number}." for number in range(decks)]
    kinds = {"created": 1, "changed": 0, "unchanged": 0, "known": 0}
    report = {"notes": kinds, "cards": kinds, "reviews": kinds, "media": 0, "decks": names}
    made = DeckImport.objects.create(
        user=ada, name="all.apkg", size=1, state="done", report=report, created_at=NOW
    )
    client.force_login(ada)
    page = client.get(f"/decks/imports/{made.pk}/").content.decode()
    assert page.count("<li>Deck, the ") == min(decks, 20)
    assert (" more deck" in page) == bool(more)
    assert more in page
