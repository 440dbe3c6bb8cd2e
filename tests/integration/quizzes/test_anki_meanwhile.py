"""What happens to a learner's cards while a package is read: nothing waits, nothing is lost."""

from datetime import timedelta

import pytest
from django.db import connection

from content.models import Media, Note, Prompt
from quizzes.domain.fold import fold
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors.memory import events_of_cards, timeline_of
from quizzes.services import record_events, review_prompt, set_scheduling
from quizzes.services.anki import import_package, shelf
from quizzes.services.anki.shelf import MediaShelf
from quizzes.services.media import store_media
from quizzes.services.own_editing import delete_cards
from tests.integration.quizzes.conftest import PHONE, sent
from tests.integration.quizzes.packages import CARD, DAY, FIRST_REVIEW, NOTE, Made, package
from tests.integration.quizzes.test_anki_import import LATER, PNG, card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(tmp_path):
    """Imports what is made; `meanwhile` is called when all is read and the lock is not yet had."""

    def run(user, made, meanwhile=lambda: None, now=LATER):
        path = tmp_path / "package"
        path.write_bytes(package(made))

        def told(done, total):
            if done == total:
                meanwhile()

        return import_package(user, path, now=now, progress=told)

    return run


def once(act):
    """`act` the first time, nothing afterwards."""
    done = []

    def run():
        if not done:
            done.append(act())

    return run


def newer() -> Made:
    """A review more, and another text."""
    made = Made()
    made.notes[0][3] += 100
    made.notes[0][6] = "Why not?\x1fBecause."
    made.revlog.append([FIRST_REVIEW + 9 * DAY * 1000, CARD, -1, 1, 1, 8, 2500, 9, 1])
    return made


def agrees(user) -> bool:
    """Whether each card is what its events say."""
    cards = list(Card.objects.filter(user=user, removed=False))
    events = events_of_cards(user.pk, [one.prompt_id for one in cards])
    settings = timeline_of(user.pk)
    return all(one.state() == fold(events[one.prompt_id], settings) for one in cards if one.head_id)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_a_package_is_read(bring, ada):
    found = []
    bring(ada, Made(), lambda: found.append(connection.in_atomic_block))
    assert found == [False]
    assert card(ada).reps == 3


def test_a_review_given_meanwhile_counts(bring, ada):
    bring(ada, Made())
    prompt = card(ada).prompt_id

    def reviewed():
        review_prompt(ada, prompt, rating=1, device=PHONE, now=LATER + timedelta(minutes=1))

    report = bring(ada, newer(), once(reviewed), LATER + timedelta(hours=1))
    after = card(ada)
    assert (after.reps, after.prompt.question_html) == (5, "Why not?")
    assert report.reviews == {"created": 1, "known": 3}
    assert report.cards == {"created": 0, "changed": 2, "unchanged": 0}
    assert agrees(ada)
    assert after.prompt.change_seq != card(ada, 1).prompt.change_seq


def test_a_card_that_is_flagged_meanwhile_stays_flagged(bring, ada):
    bring(ada, Made())
    prompt = card(ada).prompt_id

    def flagged():
        record_events(ada, [sent(prompt, "flag", flag=2, at=LATER)], now=LATER)

    bring(ada, newer(), once(flagged), LATER + timedelta(hours=1))
    assert card(ada).flag == 2
    assert agrees(ada)


def test_a_card_that_is_deleted_meanwhile_stays_deleted(bring, ada):
    bring(ada, Made())
    prompt = card(ada).prompt_id
    bring(ada, newer(), once(lambda: delete_cards(ada, [prompt], now=LATER)))
    assert Prompt.objects.get(pk=prompt).retired_at == LATER
    assert Prompt.objects.get(pk=prompt).question_html == "Why?"


def test_the_same_package_twice_at_once_is_imported_once(bring, ada):
    second = []
    first = bring(ada, Made(), once(lambda: second.append(bring(ada, Made()))))
    assert second[0].reviews == {"created": 3, "known": 0}
    assert first.reviews == {"created": 0, "known": 3}
    assert first.cards["created"] == 0
    assert (Note.objects.count(), Card.objects.count()) == (1, 2)
    assert ReviewEventRow.objects.filter(kind="review").count() == 3


def test_a_file_of_the_same_name_added_meanwhile_is_kept_beside_the_packages(bring, ada):
    made = Made(media={"a.png": PNG})
    made.notes[0][6] = '<img src="a.png">\x1fx'
    bring(ada, made, once(lambda: store_media(ada, "a.png", PNG + b"other")))
    assert Media.objects.count() == 2
    own = Media.objects.get(name="a.png")
    assert own.sha256 not in card(ada).prompt.question_html
    assert "src=" in card(ada).prompt.question_html


def test_two_imports_at_once_take_no_more_room_than_there_is(bring, ada, monkeypatch):
    first, second = PNG + b"first", PNG + b"second"
    monkeypatch.setattr(shelf, "QUOTA", len(first) + len(second) - 1)
    meanwhile = once(lambda: bring(ada, Made(media={"b.png": second})))
    report = bring(ada, Made(media={"a.png": first}), meanwhile)
    assert [media.name for media in Media.objects.all()] == ["b.png"]
    assert report.media == 0
    assert sum("no room left" in str(found) for found in report.left_out) == 1


def test_a_file_added_just_as_the_names_are_looked_at_is_kept_too(bring, ada, monkeypatch):
    added = once(lambda: store_media(ada, "a.png", PNG + b"other"))
    look = MediaShelf.look

    def looked(shelf):
        look(shelf)
        added()

    monkeypatch.setattr(MediaShelf, "look", looked)
    made = Made(media={"a.png": PNG})
    made.notes[0][6] = '<img src="a.png">\x1fx'
    bring(ada, made)
    assert Media.objects.count() == 2
    assert Media.objects.get(name="a.png").sha256 not in card(ada).prompt.question_html


def test_an_import_ends_also_where_settings_never_rest(bring, ada):
    retentions = iter((0.8, 0.85, 0.9, 0.95, 0.8, 0.85))
    moments = (LATER + timedelta(minutes=n) for n in range(9))

    def restless():
        asked = {"desired_retention": next(retentions)}
        set_scheduling(ada, asked, device=PHONE, now=next(moments))

    report = bring(ada, Made(), restless, LATER + timedelta(hours=1))
    assert report.reviews["created"] == 3
    assert agrees(ada)


def test_two_notes_never_share_a_card(bring, ada):
    """A learner's own card may have the very id that an imported one gets."""
    bring(ada, Made())
    taken = card(ada).prompt
    Prompt.objects.filter(pk=taken.pk).update(note=None, template=None)
    made = Made()
    made.notes.append([NOTE + 1, taken.pk, *made.notes[0][2:]])
    made.cards.append([CARD + 9, NOTE + 1, *made.cards[0][2:]])
    bring(ada, made)
    assert agrees(ada)
