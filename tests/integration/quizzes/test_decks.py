"""Personal decks and own cards: kept, changed, deleted and brought back without loss."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse

from content.domain.errors import CardConflict, DeckInvalid, DeckNotFound
from content.domain.own import FinishedPrompt, OwnPrompt, own_id
from content.domain.prompts import Kind, TextAnswer
from content.models import Deck, Prompt
from quizzes.models import Card, UserMemory
from quizzes.selectors.decks import owned_deck
from quizzes.services.decks import (
    change_deck,
    create_deck,
    deck_titled,
    delete_deck,
    restore_deck,
)
from quizzes.services.intake import locked_memory
from quizzes.services.own_cards import Written, put_prompts
from tests.integration.quizzes.conftest import NOW

pytestmark = pytest.mark.django_db


def finished(number: int, answer: str = "Because.", **fields) -> FinishedPrompt:
    own = OwnPrompt(own_id(UUID(int=number)), Kind.BASIC, f"Why {number}?", TextAnswer(answer))
    return FinishedPrompt(
        own, f"<p>Why {number}?</p>", f"<p>{answer}</p>", f"Why {number}?", **fields
    )


def put(user, deck, *prompts, now=NOW, **words) -> Written:
    with transaction.atomic():
        memory = locked_memory(user)
        written = put_prompts(memory, deck, prompts, now=now, **words)
        memory.save()
    return written


def test_decks_of_one_title_get_slugs_of_their_own(ada):
    assert [create_deck(ada, title="Light & optics").slug for _ in range(3)] == [
        "light-optics",
        "light-optics-2",
        "light-optics-3",
    ]
    assert create_deck(ada, title="光学").slug == "deck"


@pytest.mark.parametrize("title", ["New", "Import", "Restore"])
def test_a_deck_called_like_an_address_can_be_opened(client, ada, title):
    deck = create_deck(ada, title=title)
    client.force_login(ada)
    assert client.get(reverse("deck", args=(deck.slug,))).status_code == 200
    assert client.get(reverse("api-deck", args=(deck.slug,))).json()["title"] == title


def test_decks_within_decks_are_shown_as_a_tree(client, ada):
    for title in ("Physics::Optics", "Physics", "Languages::French"):
        put(ada, create_deck(ada, title=title), finished(len(title)))
    client.force_login(ada)
    page = client.get(reverse("decks")).content.decode()
    assert re.search(r"<h3><a [^>]*>Optics</a></h3>", page)
    assert "<h2>Languages</h2>" in page
    assert "1 card, 2 with the decks below" in page
    assert "1 card in 1 deck" in page


def test_a_bad_place_in_a_deck_leads_to_its_beginning(client, ada):
    deck = create_deck(ada, title="Optics")
    client.force_login(ada)
    page = client.get(reverse("deck", args=(deck.slug,)), {"after": "nonsense"})
    assert (page.status_code, page["Location"]) == (302, f"/decks/{deck.slug}/")


def test_the_page_of_a_deck_shows_its_cards_alone(client, ada):
    put(ada, create_deck(ada, title="Optics"), finished(1))
    other = create_deck(ada, title="Optics")
    put(ada, other, finished(2))
    client.force_login(ada)
    page = client.get(reverse("deck", args=(other.slug,))).content.decode()
    assert "Why 2?" in page
    assert "Why 1?" not in page
    page = client.get(reverse("deck", args=("optics",))).content.decode()
    assert "Why 2?" not in page


def test_a_round_can_be_about_one_deck_without_any_chapter(client, ada):
    put(ada, create_deck(ada, title="Optics"), finished(1))
    put(ada, create_deck(ada, title="Sound"), finished(2))
    client.force_login(ada)
    assert client.get("/cram/?deck=sound").context["chosen"].deck == "sound"
    page = client.get("/cram/go/?what=all&deck=sound")
    assert page.context["prompt"].pk == own_id(UUID(int=2))
    assert "deck=sound" in page.context["round"].query()
    assert page.context["round"].session(ada, NOW).counts["left"] == 1


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_a_deck_needs_a_title_that_fits(ada, title):
    with pytest.raises(DeckInvalid) as refused:
        create_deck(ada, title=title)
    assert "title" in refused.value.errors
    assert not Deck.objects.filter(owner=ada).exists()


def test_an_import_finds_the_deck_that_it_made_before(ada, bob):
    first = deck_titled(ada, "Optics")
    assert deck_titled(ada, " Optics ") == first
    assert deck_titled(bob, "Optics") != first


def test_new_prompts_are_cards_at_once_after_the_course(ada):
    deck = create_deck(ada, title="Optics")
    written = put(ada, deck, finished(1), finished(2))
    assert written.created == [finished(1).own.id, finished(2).own.id]
    cards = list(Card.objects.filter(user=ada).order_by("new_order"))
    assert [card.prompt_id for card in cards] == written.created
    assert all(card.added and not card.removed and card.phase == "new" for card in cards)
    numbers = [card.change_seq for card in cards]
    numbers += Prompt.objects.filter(owner=ada).values_list("change_seq", flat=True)
    assert len(set(numbers)) == 4
    assert UserMemory.objects.get(user=ada).cursor == max(numbers)


def test_the_same_prompts_again_change_nothing(ada):
    deck = create_deck(ada, title="Optics")
    put(ada, deck, finished(1))
    before = Prompt.objects.values().get(owner=ada)
    written = put(ada, deck, finished(1), now=NOW + timedelta(days=1))
    assert written == Written(unchanged=[finished(1).own.id])
    assert Prompt.objects.values().get(owner=ada) == before


def test_an_edit_counts_the_version_up_and_is_pulled(ada):
    deck = create_deck(ada, title="Optics")
    put(ada, deck, finished(1))
    before = Prompt.objects.get(owner=ada)
    written = put(ada, deck, finished(1, "For another reason."), now=NOW + timedelta(days=1))
    after = Prompt.objects.get(owner=ada)
    assert written.changed == [after.pk]
    assert (after.version, after.position) == (2, before.position)
    assert after.change_seq > before.change_seq
    assert after.updated_at == NOW + timedelta(days=1)
    assert Card.objects.get(user=ada).added


def test_a_move_to_another_deck_is_no_new_version(ada):
    put(ada, create_deck(ada, title="Optics"), finished(1))
    other = create_deck(ada, title="Waves")
    put(ada, other, finished(1))
    prompt = Prompt.objects.get(owner=ada)
    assert (prompt.deck, prompt.version) == (other, 1)


def test_an_id_of_another_learner_is_refused_and_nothing_is_written(ada, bob):
    put(ada, create_deck(ada, title="Optics"), finished(1))
    theirs = create_deck(bob, title="Optics")
    with pytest.raises(CardConflict):
        put(bob, theirs, finished(2), finished(1, "Mine now."))
    assert not Prompt.objects.filter(owner=bob).exists()
    assert Prompt.objects.get(owner=ada).answer["text"] == "Because."


def test_an_id_of_the_course_is_refused(ada, chapters):
    own = OwnPrompt("c04-basic", Kind.BASIC, "Why?", TextAnswer("So."))
    with pytest.raises(CardConflict):
        put(ada, create_deck(ada, title="Optics"), FinishedPrompt(own, "", "", ""))


def test_a_deleted_deck_comes_back_with_what_it_held(ada):
    deck = create_deck(ada, title="Optics")
    put(ada, deck, finished(1), finished(2))
    gone = Prompt.objects.get(pk=finished(1).own.id)
    gone.retired_at = NOW
    gone.save()
    later = NOW + timedelta(hours=1)
    assert delete_deck(ada, "optics", now=later) == 1
    with pytest.raises(DeckNotFound):
        owned_deck(ada, "optics")
    assert not Prompt.objects.filter(owner=ada, retired_at=None).exists()
    assert Card.objects.filter(user=ada).count() == 2
    assert restore_deck(ada, "optics", now=later).retired_at is None
    assert [p.pk for p in Prompt.objects.filter(owner=ada, retired_at=None)] == [finished(2).own.id]


def test_an_import_brings_a_deleted_prompt_back_only_when_asked(ada):
    deck = create_deck(ada, title="Optics")
    put(ada, deck, finished(1))
    Prompt.objects.filter(owner=ada).update(retired_at=NOW)
    assert put(ada, deck, finished(1), restore=False).unchanged
    assert not Prompt.objects.filter(owner=ada, retired_at=None).exists()
    assert put(ada, deck, finished(1)).restored
    assert Prompt.objects.filter(owner=ada, retired_at=None).exists()


def test_nobody_touches_a_strangers_deck(ada, bob):
    create_deck(ada, title="Optics")
    for act in (
        lambda: owned_deck(bob, "optics"),
        lambda: change_deck(bob, "optics", title="Mine", description=""),
        lambda: delete_deck(bob, "optics", now=NOW),
        lambda: restore_deck(bob, "optics", now=NOW),
    ):
        with pytest.raises(DeckNotFound):
            act()
    assert Deck.objects.get(owner=ada).title == "Optics"
