"""What an import does to a learner's cards, and what it leaves alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.models import Deck, Media, Note, Prompt
from quizzes.anki.limits import Limits
from quizzes.domain.errors import PackageTooLarge, QuizzesError
from quizzes.models import Card, ReviewEventRow
from quizzes.services import record_events, review_prompt
from quizzes.services.anki import export_package, import_package
from quizzes.services.anki.tables import EVENTS
from quizzes.services.decks import delete_deck
from quizzes.services.media import media_path
from tests.integration.quizzes.conftest import LAPTOP, PHONE, sent, undo_last
from tests.integration.quizzes.packages import (
    CARD,
    CREATED,
    DAY,
    FIRST_REVIEW,
    NOTE,
    Made,
    model,
    package,
)

pytestmark = pytest.mark.django_db
LATER = datetime.fromtimestamp(CREATED + 25 * DAY, UTC)
PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(tmp_path):
    """Imports what is made; gives the report."""

    def run(user, made: Made, now: datetime = LATER, modern: bool = False):
        path = tmp_path / "package"
        path.write_bytes(package(made, modern))
        return import_package(user, path, now=now)

    return run


def card(user, ord_: int = 0, guid: str = "guid-1") -> Card:
    return Card.objects.select_related("prompt", "prompt__deck").get(
        user=user, prompt__note__guid=guid, prompt__template=ord_
    )


@pytest.mark.parametrize("modern", [False, True])
def test_cards_keep_their_due_date_and_their_reviews(bring, ada, modern):
    bring(ada, Made(deck="Big::Small"), modern=modern)
    forth, back = card(ada), card(ada, 1)
    assert forth.prompt.deck.title == "Big::Small"
    assert forth.prompt.question_html == "Why?"
    assert forth.prompt.answer_html == "Because."
    assert forth.due == datetime(2025, 11, 8, 4, tzinfo=UTC)  # day 30 of the collection
    assert (forth.phase, forth.reps, forth.lapses) == ("review", 3, 0)
    assert forth.last_review == datetime.fromtimestamp(FIRST_REVIEW / 1000 + 2 * DAY, UTC)
    assert (back.phase, back.due) == ("new", None)
    assert forth.prompt.tags == ["tag"]
    assert forth.prompt.facts == back.prompt.facts


def test_a_newer_export_updates_texts_and_adds_what_is_new(bring, ada):
    bring(ada, Made())
    before = card(ada)
    review_prompt(ada, before.prompt_id, rating=3, device=PHONE, now=LATER)
    newer = Made()
    newer.notes[0][3] += 100
    newer.notes[0][6] = "Why not?\x1fBecause."
    newer.notes.append([NOTE + 1, "guid-2", *newer.notes[0][2:]])
    newer.cards.append([CARD + 2, NOTE + 1, *newer.cards[1][2:]])
    newer.revlog.append([FIRST_REVIEW + 9 * DAY * 1000, CARD, -1, 1, 1, 8, 2500, 9, 1])
    report = bring(ada, newer, LATER + timedelta(days=1))
    assert report.cards == {"created": 1, "changed": 2, "unchanged": 0}
    assert report.reviews["created"] == 1
    after = card(ada)
    assert after.prompt_id == before.prompt_id
    assert after.prompt.question_html == "Why not?"
    assert after.prompt.version == 2
    assert after.reps == 5  # three from Anki, one here, one more from Anki
    assert after.last_review == LATER


def test_an_older_export_changes_no_text(bring, ada):
    newer = Made()
    newer.notes[0][3] += 100
    newer.notes[0][6] = "New\x1fText"
    bring(ada, newer)
    report = bring(ada, Made())
    assert report.notes["unchanged"] == 1
    assert card(ada).prompt.question_html == "New"


def test_a_changed_note_type_renders_its_cards_anew(bring, ada):
    bring(ada, Made())
    changed = model(mod=5)
    changed["tmpls"][0]["qfmt"] = "<b>{{Front}}</b>"
    bring(ada, Made(model=changed))
    assert card(ada).prompt.question_html == "<b>Why?</b>"
    assert card(ada).prompt.version == 2


def test_state_that_has_no_review_becomes_events(bring, ada):
    made = Made()
    made.cards[0][7] = -1  # suspended
    made.cards[1][16] = 3  # flagged
    bring(ada, made)
    assert card(ada).suspended
    assert card(ada, 1).flag == 3
    reasons = set(ReviewEventRow.objects.exclude(kind="review").values_list("reason", flat=True))
    assert reasons == {"import"}
    made.cards[0][7], made.cards[0][4] = 2, made.cards[0][4] + 50
    bring(ada, made)
    assert not card(ada).suspended


def test_a_card_buried_today_stays_so_until_tomorrow(bring, ada):
    made = Made()
    made.cards[0][7], made.cards[0][4] = -3, int(LATER.timestamp()) - 60
    bring(ada, made)
    assert card(ada).buried_until == datetime(2025, 11, 4, 4, tzinfo=UTC)
    assert ReviewEventRow.objects.filter(kind="bury").count() == 1
    bring(ada, made)
    assert ReviewEventRow.objects.filter(kind="bury").count() == 1


def test_a_card_learned_without_history_takes_its_due_date(bring, ada):
    bring(ada, Made(revlog=[]))
    assert card(ada).due == datetime(2025, 11, 8, 4, tzinfo=UTC)
    assert card(ada).reps == 0


def test_what_was_studied_here_later_stands(bring, ada):
    bring(ada, Made())
    prompt = card(ada).prompt_id
    review_prompt(ada, prompt, rating=4, device=PHONE, now=LATER)
    record_events(ada, [sent(prompt, "flag", flag=2, at=LATER)], now=LATER)
    due = card(ada).due
    bring(ada, Made(), LATER + timedelta(days=1))
    assert card(ada).due == due
    assert card(ada).flag == 2


def test_undo_takes_nothing_back_that_was_imported(bring, ada):
    bring(ada, Made(), datetime.fromtimestamp(FIRST_REVIEW / 1000 + 2 * DAY + 60, UTC))
    now = datetime.fromtimestamp(FIRST_REVIEW / 1000 + 2 * DAY + 120, UTC)
    assert undo_last(ada, device=PHONE, now=now) is None
    assert card(ada).reps == 3


def test_a_card_that_was_deleted_here_stays_deleted(bring, ada):
    bring(ada, Made())
    prompt = card(ada).prompt
    Prompt.objects.filter(pk=prompt.pk).update(retired_at=LATER)
    bring(ada, Made())
    assert Prompt.objects.get(pk=prompt.pk).retired_at == LATER


def test_a_deck_that_was_deleted_here_comes_back(bring, ada):
    bring(ada, Made())
    delete_deck(ada, card(ada).prompt.deck.slug, now=LATER)
    bring(ada, Made())
    assert card(ada).prompt.retired_at is None
    assert card(ada).prompt.deck.retired_at is None
    assert card(ada).reps == 3


def test_a_card_that_was_moved_here_stays_where_it_is(bring, ada):
    bring(ada, Made())
    mine = Deck.objects.create(owner=ada, slug="mine", title="Mine")
    Prompt.objects.filter(pk=card(ada).prompt_id).update(deck=mine)
    newer = Made()
    newer.notes[0][3] += 100
    bring(ada, newer)
    assert card(ada).prompt.deck == mine


def test_the_study_day_is_that_of_the_collection(bring, ada):
    offset = Made(config={"creationOffset": 480, "rollover": 2})  # eight hours west of Greenwich
    bring(ada, offset)
    row = ReviewEventRow.objects.filter(kind="review").first()
    assert (row.tz, row.rollover) == ("Etc/GMT+8", 2)


def test_ratings_of_three_buttons_are_read_as_anki_reads_them(bring, ada):
    bring(ada, Made(config={"schedVer": 1}))
    rows = ReviewEventRow.objects.filter(kind="review").order_by("effective_at")
    assert [row.rating for row in rows] == [4, 4, 3]


def test_media_of_one_name_and_two_contents_are_both_kept(bring, ada, tmp_path):
    first = Made(media={"a.png": PNG})
    first.notes[0][6] = '<img src="a.png">\x1f[sound:t.mp3]'
    bring(ada, first)
    second = Made(media={"a.png": PNG + b"other", "notes.pdf": b"%PDF"})
    second.notes[0][:2] = [NOTE + 9, "guid-9"]
    second.notes[0][6] = '<img src="a.png">\x1fx'
    second.cards = [[CARD + 9, NOTE + 9, *second.cards[1][2:]]]
    second.revlog = []
    second.cards[0][3] = 0
    bring(ada, second)
    names = set(Media.objects.filter(owner=ada).values_list("name", flat=True))
    assert len(names) == 3
    one, other = card(ada).prompt.question_html, card(ada, guid="guid-9").prompt.question_html
    assert one != other
    assert "missing" in card(ada).prompt.answer_html
    for row in Media.objects.filter(owner=ada):
        assert media_path(row.sha256).stat().st_size == row.size
    assert Note.objects.get(guid="guid-9").fields[0] != '<img src="a.png">'


def test_files_that_are_too_large_count_as_unpacked(ada, tmp_path):
    """Else a small package keeps a worker unpacking for hours."""
    path = tmp_path / "package"
    path.write_bytes(package(Made(media={f"{n}.png": PNG + bytes(3000) for n in range(9)})))
    limits = Limits(media_file=1000, media_total=5000)
    with pytest.raises(PackageTooLarge, match="unpack to more"):
        import_package(ada, path, now=LATER, limits=limits)
    assert not Media.objects.exists()


def test_two_learners_import_the_same_deck_apart(bring, ada, bob):
    bring(ada, Made())
    bring(bob, Made())
    assert card(ada).prompt_id != card(bob).prompt_id
    assert ReviewEventRow.objects.filter(user=bob, kind="review").count() == 3


def test_nothing_is_left_of_an_import_that_fails_half_way(bring, ada, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(EVENTS, "write", broken)
    with pytest.raises(RuntimeError):
        bring(ada, Made())
    for table in (Note, Card, ReviewEventRow, Media):
        assert not table.objects.exists()
    assert not Prompt.objects.filter(owner=ada).exists()
    assert not Deck.objects.filter(owner=ada).exists()


def test_a_template_that_is_broken_shows_the_fields(bring, ada):
    broken = model()
    broken["tmpls"][0]["qfmt"] = "{{#Front}}"
    report = bring(ada, Made(model=broken))
    assert card(ada).prompt.question_html == "Why?"
    assert "template:" in report.left_out[0]["why"]


def test_own_cards_go_to_anki_and_their_reviews_come_back_once(ada, chapters, bring, tmp_path):
    now = LATER
    for place, prompt in enumerate(("c04-basic", "c04-cloze", "c04-choice")):
        at = now + timedelta(seconds=place)
        review_prompt(ada, prompt, rating=3, device=LAPTOP, now=at)
    target = tmp_path / "own.apkg"
    report = export_package(ada, target, now=now, course=True)
    assert (report.cards, report.reviews) == (3, 3)
    events = ReviewEventRow.objects.count()
    again = import_package(ada, target, now=now + timedelta(minutes=1))
    assert again.reviews == {"created": 0, "known": 3}
    assert ReviewEventRow.objects.filter(kind="review").count() == events
    assert not Note.objects.exists()


FUZZED = [package(Made(media={"a.png": PNG}), modern) for modern in (False, True)]
PARTS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FUZZED), PARTS)
def test_a_mutated_package_imports_or_is_refused(ada, tmp_path, data, parts):
    spoiled = bytearray(data)
    for share, piece in parts:
        at = int(share * len(spoiled))
        spoiled[at : at + len(piece)] = piece
    path = Path(tmp_path / "package")
    path.write_bytes(spoiled)
    with transaction.atomic():
        before = Card.objects.count()
        try:
            import_package(ada, path, now=LATER)
        except QuizzesError:
            assert Card.objects.count() == before
        transaction.set_rollback(True)
