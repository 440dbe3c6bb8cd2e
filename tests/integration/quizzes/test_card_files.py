"""Files of own cards: pictures and sounds, and decks that come and go as CSV and Markdown."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from content.domain.errors import CardFileInvalid, MediaTooLarge
from content.format.own import OwnFields
from content.models import Deck, Media, Prompt
from quizzes.models import DeckImport
from quizzes.services import card_import, own_editing
from quizzes.services.card_export import deck_csv, deck_markdown
from quizzes.services.decks import create_deck
from quizzes.services.imports import begin_import, run_import, upload_path
from quizzes.services.media import media_path, store_media, sweep_media
from quizzes.services.own_cards import Written
from tests.integration.quizzes.conftest import NOW
from tests.integration.quizzes.test_own_cards import ONE, SKY, pages, phone
from tests.unit.content.test_rendering import png

pytestmark = pytest.mark.django_db


@pytest.fixture
def optics(ada) -> Deck:
    return create_deck(ada, title="Optics")


@pytest.fixture
def sky(ada, optics) -> str:
    return own_editing.write_card(ada, "optics", SKY, now=NOW, chosen=ONE)


# -- files ------------------------------------------------------------------------------------


def test_a_picture_is_kept_once_and_shown_to_its_owner(ada, bob, optics):
    first = store_media(ada, "../../etc/cat.png", png(4, 4))
    assert first.name == "cat.png"
    assert store_media(ada, "cat.png", png(4, 4)) == first
    assert store_media(bob, "dog.png", png(4, 4)).sha256 == first.sha256
    other = store_media(ada, "cat.png", png(5, 5))
    assert other.name.startswith("cat-")
    fields = OwnFields("basic", "![a cat](cat.png)", "Cat.")
    card = own_editing.write_card(ada, "optics", fields, now=NOW, chosen=ONE)
    assert f'src="{first.url}"' in Prompt.objects.get(pk=card).question_html
    reply = pages(ada).get(first.url)
    assert reply.getvalue() == png(4, 4)
    assert reply["Content-Type"] == "image/png"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply["Content-Security-Policy"]
    assert "private" in reply["Cache-Control"]
    assert phone(ada).get(first.url).getvalue() == png(4, 4)


def test_a_sound_comes_in_ranges(ada):
    sound = store_media(ada, "purr.ogg", b"OggS" + b"x" * 96)
    reply = pages(ada).get(sound.url, headers={"Range": "bytes=4-7"})
    assert (reply.status_code, reply.content) == (206, b"xxxx")
    assert reply["Content-Range"] == "bytes 4-7/100"
    assert pages(ada).get(sound.url, headers={"Range": "bytes=200-"}).status_code == 416
    for odd in ("bytes=²-", "bytes=0-²", "bytes=-5"):
        reply = pages(ada).get(sound.url, headers={"Range": odd})
        assert len(b"".join(reply)) == 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<html>",
        b"MZ\x90",
        b"GIF8",
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(ada, data):
    reply = pages(ada).post(reverse("card-files"), {"file": SimpleUploadedFile("a.png", data)})
    assert reply.status_code == 400
    assert not Media.objects.exists()


def test_a_picture_that_is_also_a_page_stays_a_picture(ada):
    stored = store_media(ada, "a.html", png(4, 4) + b"<script>alert(1)</script>")
    assert stored.name.endswith(".png")
    reply = pages(ada).get(stored.url)
    assert reply.getvalue().endswith(b"</script>")
    assert reply["Content-Type"] == "image/png"


def test_forgotten_files_are_swept_and_used_ones_stay(ada, bob):
    stored = store_media(ada, "cat.png", png(4, 4))
    store_media(bob, "cat.png", png(4, 4))
    Media.objects.filter(owner=ada).delete()
    much_later = NOW + timedelta(days=4000)
    assert sweep_media(now=much_later) >= 0
    assert media_path(stored.sha256).exists()
    Media.objects.all().delete()
    assert sweep_media(now=NOW - timedelta(days=4000)) == 0
    sweep_media(now=much_later)
    assert not media_path(stored.sha256).exists()


def test_a_learner_has_a_quota(ada, monkeypatch):
    monkeypatch.setattr("quizzes.services.media.QUOTA", len(png(4, 4)))
    store_media(ada, "cat.png", png(4, 4))
    store_media(ada, "the same under another name.png", png(4, 4))
    with pytest.raises(MediaTooLarge, match="no room"):
        store_media(ada, "dog.png", png(5, 5))
    assert Media.objects.count() == 2


# -- import and export ------------------------------------------------------------------------

TABLE = b"id,question,answer,tags\nsky,Why blue?,Rayleigh,optics\nsea,Why salty?,Rivers,\n"


def take_in(user, data: bytes, name: str, **words) -> Written:
    plan = card_import.plan_import(user, data, name)
    return card_import.import_cards(user, plan, now=NOW, **words)


def test_the_same_file_twice_doubles_nothing(ada):
    first = take_in(ada, TABLE, "Nature.csv")
    assert (len(first.created), len(first.changed)) == (2, 0)
    second = take_in(ada, TABLE, "Nature.csv")
    assert (second.created, second.changed, len(second.unchanged)) == ([], [], 2)
    edited = TABLE.replace(b"Rivers", b"Rocks")
    plan = card_import.plan_import(ada, edited, "Nature.csv")
    assert [card.status for card in plan.cards] == ["unchanged", "changed"]
    assert Prompt.objects.filter(owner=ada, deck__title="Nature").count() == 2


def test_without_ids_a_card_is_known_by_its_question(ada):
    table = b"Why blue?,Rayleigh\nWhy salty?,Rivers\n"
    take_in(ada, table, "a.csv")
    again = take_in(ada, table.replace(b"Rivers", b"Rocks"), "a.csv")
    assert (len(again.created), len(again.changed)) == (0, 1)


def test_one_bad_row_stops_all_until_the_learner_leaves_it_out(ada):
    table = TABLE + b"bad,,no question,\nsky,Twice?,Yes,\n"
    plan = card_import.plan_import(ada, table, "a.csv")
    assert [(c.line, c.status) for c in plan.cards[2:]] == [(4, "wrong"), (5, "wrong")]
    with pytest.raises(CardFileInvalid):
        take_in(ada, table, "a.csv")
    assert not Prompt.objects.filter(owner=ada).exists()
    written = take_in(ada, table, "a.csv", without_wrong=True)
    assert len(written.created) == 2


def test_what_is_wrong_in_markdown_is_said_with_its_own_line(ada):
    text = "## one\nkind: short\n\nWho?\n\n---\nAda\n\n"
    text += "## two\nkind: numeric\n\nHow many?\n\n---\n\nmany\n"
    plan = card_import.plan_import(ada, text.encode(), "a.md")
    assert [card.status for card in plan.cards] == ["new", "wrong"]
    assert plan.cards[1].problems[0][0] == 16


def test_a_deleted_card_stays_deleted_when_its_file_comes_again(ada):
    [first, _] = take_in(ada, TABLE, "a.csv").created
    own_editing.delete_cards(ada, [first], now=NOW)
    assert card_import.plan_import(ada, TABLE, "a.csv").counts["deleted"] == 1
    take_in(ada, TABLE, "a.csv")
    assert Prompt.objects.get(pk=first).retired_at is not None


@pytest.mark.parametrize("write", [deck_csv, deck_markdown])
def test_a_deck_taken_along_comes_back_as_the_same_cards(ada, bob, sky, write):
    own_editing.write_card(
        ada,
        "optics",
        OwnFields("choice", "Which?", "[x] light\n[ ] sound\n  > too slow", "So.\n\n> quoted"),
        now=NOW,
        chosen=UUID(int=2),
    )
    name = "x.csv" if write is deck_csv else "x.md"
    data = write(ada, "optics").encode()
    assert card_import.plan_import(ada, data, name).counts == {"unchanged": 2}
    take_in(bob, data, name)
    texts = ("kind", "question", "answer", "explanation", "tags", "question_html", "answer_html")
    theirs = Prompt.objects.filter(owner=bob).order_by("position").values_list(*texts)
    ours = Prompt.objects.filter(owner=ada).order_by("position").values_list(*texts)
    assert list(theirs) == list(ours)
    assert not set(Prompt.objects.filter(owner=bob).values_list("pk")) & {(sky,)}


def test_the_page_shows_what_a_file_brings_before_it_does(ada):
    client = pages(ada)
    file = SimpleUploadedFile("Nature.csv", TABLE)
    reply = client.post(reverse("cards-import"), {"file": file})
    assert reply.status_code == 302
    shown = client.get(reply["Location"])
    assert b"Import 2 cards" in shown.content
    assert not Prompt.objects.filter(owner=ada).exists()
    report = client.post(reply["Location"])["Location"]
    assert client.get(reply["Location"]).status_code == 400
    assert b"Waiting for its turn" in client.get(report).content
    run_import(DeckImport.objects.get().pk, clock=lambda: NOW)
    assert b"2 new cards came in." in client.get(report).content
    assert Prompt.objects.filter(owner=ada).count() == 2


def test_an_app_sends_a_table_and_reads_what_came_of_it(ada, optics):
    sent, chosen = phone(ada), str(UUID(int=7))
    body = {"id": chosen, "deck": "optics"}
    for _ in range(2):
        file = SimpleUploadedFile("Nature.csv", TABLE)
        reply = sent.post(reverse("api-deck-import"), {"file": file, **body})
        assert (reply.status_code, reply.json()["state"]) == (202, "waiting")
    run_import(UUID(chosen), clock=lambda: NOW)
    found = sent.get(reverse("api-deck-import-report", args=(chosen,))).json()
    assert found["state"] == "done"
    assert found["report"]["cards"] == {"created": 2, "changed": 0, "unchanged": 0}
    assert found["report"]["decks"] == ["Optics"]
    assert set(Prompt.objects.filter(owner=ada).values_list("deck", flat=True)) == {optics.pk}


def test_what_is_wrong_in_a_sent_file_is_said_by_line_or_left_out(ada):
    sent = phone(ada)

    def imported(**asked) -> dict:
        file = SimpleUploadedFile("Nature.csv", TABLE + b"bad,,no question,\n")
        begun = sent.post(reverse("api-deck-import"), {"file": file, **asked}).json()["id"]
        run_import(UUID(begun), clock=lambda: NOW)
        return sent.get(reverse("api-deck-import-report", args=(begun,))).json()

    found = imported()
    assert found["state"] == "refused"
    assert found["errors"] == {"file": ["Line 4: There is no question."]}
    assert not Prompt.objects.filter(owner=ada).exists()
    found = imported(without_wrong=True)
    assert found["report"]["cards"]["created"] == 2
    [left] = found["report"]["left_out"]
    assert (left["why"], left["examples"]) == ("There is no question.", ["line 4"])


def test_a_sent_file_beyond_the_limits_is_refused(ada):
    for number, data in enumerate((b"x" * 5_000_001, bytes(range(256)) * 20, b"")):
        row = begin_import(ada, [data], f"{number}.md", now=NOW)
        run_import(row.pk, clock=lambda: NOW)
        assert DeckImport.objects.get(pk=row.pk).state == "refused"
        assert not upload_path(row.pk).exists()


def test_what_is_wrong_is_said_without_marks_of_code(ada):
    client = pages(ada)
    reply = client.post(reverse("cards-import"), {"pasted": "Q: <b>one</b>?\nQ: two?\nA: yes"})
    shown = client.get(reply["Location"]).content.decode()
    assert "There is no line <code>A:</code> after this question." in shown
    assert "<b>one" not in shown


def test_a_file_waits_for_its_owner_only(ada, bob):
    file = SimpleUploadedFile("Nature.csv", TABLE)
    reply = pages(ada).post(reverse("cards-import"), {"file": file})
    assert pages(bob).get(reply["Location"]).status_code == 400


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.png", png(300, 300)),
        ("a.csv", b"q,a\n" * 10_002),
        ("a.md", b"x" * 5_000_001),
        ("a.bin", bytes(range(256)) * 20),
    ],
)
def test_files_that_are_none_are_refused_whole(ada, name, data):
    with pytest.raises(CardFileInvalid):
        take_in(ada, data, name)
    assert not Prompt.objects.filter(owner=ada).exists()


def test_a_package_among_the_text_files_is_shown_the_way_even_when_it_is_large(ada):
    file = SimpleUploadedFile("deck.apkg", b"PK\x03\x04" + b"\0" * 5_000_001)
    reply = pages(ada).post(reverse("cards-import"), {"file": file})
    assert reply.status_code == 400
    assert "Import from Anki" in reply.content.decode()
