"""Decks that other people made, in the forms that Anki has written over the years."""

import json
from collections import Counter

import pytest

from content.models import Figure, Media, Note, Prompt
from quizzes.anki.archive import Package
from quizzes.anki.collection import opened
from quizzes.anki.rows import Findings
from quizzes.models import Card, ReviewEventRow
from quizzes.services import review_prompt, set_scheduling
from quizzes.services.anki import export_package, import_package
from studyhub.base.clock import now
from tests.decks import ABSENT, DECKS
from tests.integration.quizzes.conftest import LAPTOP

pytestmark = pytest.mark.django_db


@pytest.fixture
def decks(require, settings, tmp_path):
    require("data", DECKS.is_dir(), ABSENT)
    settings.MEDIA_ROOT = tmp_path / "media"
    return DECKS


@pytest.mark.parametrize(
    ("name", "notes", "cards", "reviews", "media"),
    [
        ("Anki-pwa__example_music_intervals.apkg", 340, 340, 0, 0),
        ("Anki-pwa__ap_gov_vocab_anki11.apkg", 242, 484, 0, 0),
        ("orbit__testCollection.colpkg", 5, 7, 1, 2),
        ("few_basic_cards.anki2", 7, 12, 6, 0),
    ],
)
def test_a_real_deck_imports_whole_and_only_once(decks, ada, name, notes, cards, reviews, media):
    for again in (False, True):
        report = import_package(ada, decks / name, now=now())
        assert report.left_out == []
        assert report.cards["created"] == (0 if again else cards)
        assert Note.objects.filter(owner=ada).count() == notes
        assert Card.objects.filter(user=ada, prompt__owner=ada).count() == cards
        rows = ReviewEventRow.objects.filter(user=ada).exclude(details={})
        assert sum("anki" in row.details for row in rows) == reviews
        assert Media.objects.filter(owner=ada).count() == media
    shown = Prompt.objects.filter(owner=ada)
    assert not [p.pk for p in shown if not p.question_html or "{{" in p.question_html]


def test_a_real_deck_goes_out_as_it_came(decks, ada, bob, tmp_path):
    for name in ("orbit__testCollection.colpkg", "few_basic_cards.anki2"):
        import_package(ada, decks / name, now=now())
    target = tmp_path / "all.apkg"
    sent = export_package(ada, target, now=now())
    assert (sent.notes, sent.cards, sent.reviews, sent.media) == (12, 19, 7, 2)
    report = import_package(bob, target, now=now())
    assert report.left_out == []

    def held(user):  # Anki tells note types of one name apart by a plus, and so do we
        prompts = Prompt.objects.filter(owner=user).select_related("note__note_type", "deck")
        return Counter(
            (
                p.note.guid,
                p.template,
                p.note.note_type.name.rstrip("+"),
                p.deck.title,
                str(p.note.fields),
            )
            for p in prompts
        )

    assert held(bob) == held(ada)
    states = [
        sorted(Card.objects.filter(user=user, reps__gt=0).values_list("stability", "due", "reps"))
        for user in (ada, bob)
    ]
    assert states[0] == states[1]


def test_a_card_goes_out_with_the_retention_of_its_chapter(ada, tmp_path):
    moment = now()
    set_scheduling(ada, {"chapter_retention": {"pets": 0.8}}, now=moment)
    for prompt in ("c04-basic", "c05-0"):
        review_prompt(ada, prompt, rating=4, device=LAPTOP, now=moment)
    target = tmp_path / "course.apkg"
    export_package(ada, target, now=moment, course=True)
    findings = Findings()
    with Package(target) as package, opened(package, findings) as collection:
        [batch] = collection.note_batches()
        cards = [card for some in collection.cards_of(batch).values() for card in some]
    assert sorted(json.loads(card.data)["dr"] for card in cards) == [0.8, 0.9]


def test_a_figure_of_the_course_goes_out_under_a_name_of_its_own(ada, tmp_path):
    moment = now()
    for chapter in ("pets", "mnist-basics"):
        Figure.objects.create(chapter_slug=chapter, name="loss.png", data=chapter.encode())
    shown = '<img src="/content/figures/pets/loss.png" alt="Loss">'
    Prompt.objects.filter(pk="c05-0").update(question_html=f"<p>{shown}</p>")
    review_prompt(ada, "c05-0", rating=4, device=LAPTOP, now=moment)
    target = tmp_path / "course.apkg"
    assert export_package(ada, target, now=moment, course=True).media == 1
    findings = Findings()
    with Package(target) as package, opened(package, findings) as collection:
        [[note]] = collection.note_batches()
        [medium] = package.media(findings)
        assert medium.name == "studyhub-pets-loss.png"
        assert f'src="{medium.name}"' in note.flds
        assert b"".join(package.unpack_medium(medium)) == b"pets"
