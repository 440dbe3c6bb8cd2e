"""Cards from Anki as tables and Markdown: what the formats can hold goes along."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from content.domain.own import OwnPrompt
from content.domain.prompts import Kind, TextAnswer
from content.format.card_files import read_markdown, write_markdown
from content.models import Prompt
from quizzes.anki import stock
from quizzes.anki.cloze import with_gaps
from quizzes.services.anki import import_package
from quizzes.services.anki.texts import marked
from quizzes.services.card_export import deck_csv, deck_markdown
from quizzes.services.card_import import import_cards, plan_import
from quizzes.services.decks import create_deck
from tests.integration.quizzes.packages import MODEL, Made, package
from tests.integration.quizzes.test_anki_import import LATER, PNG


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(tmp_path):
    def run(user, fields: str, **parts):
        made = Made(deck="Box", media={"my cat.png": PNG}, **parts)
        made.notes[0][6] = fields
        path = tmp_path / "package"
        path.write_bytes(package(made))
        return import_package(user, path, now=LATER)

    return run


def cloze_model():
    template = "{{cloze:Text}}"
    made = stock.note_type(
        MODEL, "Gaps", ["Text", "Extra"], template, f"{template}<br>{{{{Extra}}}}"
    )
    return {**made, "type": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "md"])
def test_gaps_go_along_as_gaps_and_come_back_so_elsewhere(bring, ada, bob, form):
    bring(ada, "{{c1::Paris::a city}} lies on the {{c2::Seine}}\x1fSee a map.", model=cloze_model())
    write = deck_csv if form == "csv" else deck_markdown
    plan = plan_import(bob, write(ada, "box").encode(), f"box.{form}")
    assert plan.clean
    import_cards(bob, plan, now=LATER)
    first, second = Prompt.objects.filter(owner=bob).order_by("position")
    assert {first.kind, second.kind} == {"cloze"}
    assert first.question == "{{Paris}} (a city) lies on the Seine"
    assert second.question == "Paris lies on the {{Seine}}"
    assert first.explanation == "See a map."


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "md"])
def test_pictures_and_sounds_go_along_by_name_and_lines_stay(bring, ada, bob, form):
    bring(ada, 'What<br>is <b>this</b>? <img src="my cat.png">\x1f---<br>## A cat<br>[sound:a.mp3]')
    write = deck_csv if form == "csv" else deck_markdown
    text = write(ada, "box")
    plan = plan_import(bob, text.encode(), f"box.{form}")
    assert plan.clean
    assert len(plan.cards) == 2
    own = plan.cards[0].own
    assert own.question == "What\nis this? ![](my_cat.png)"
    assert "A cat" in own.answer.text
    assert plan_import(ada, text.encode(), f"box.{form}").to_write == 0  # the same cards here


def test_a_deletion_in_another_one_is_no_gap_of_its_own():
    value = "{{c1::a {{c2::b}}}} {{c2::c|d}} {{c3::e}}"
    assert with_gaps(value, 1) == "{{a b}} c|d e"
    assert with_gaps(value, 2) == "a {{b}} {{c d}} e"
    assert with_gaps("{{c1:: }}", 1) == ""


@given(st.text(st.sampled_from("ab <>/&;\n#->`~{}[]()!=\"'"), max_size=80))
def test_whatever_a_card_holds_its_file_reads_as_one_card(markup):
    question, answer = marked(f"q {markup}"), marked(f"a {markup}")
    own = OwnPrompt("my-" + "0" * 32, Kind.BASIC, question, TextAnswer(answer))
    read = read_markdown(write_markdown("Deck", [own]))
    assert [card.fields.question for card in read.cards] == [question]


@pytest.mark.django_db
def test_the_decks_page_leads_to_a_package_of_all_and_a_decks_page_to_its_own(bring, client, ada):
    client.force_login(ada)
    create_deck(ada, title="Empty")
    nothing = client.get(reverse("decks")).content.decode()
    assert reverse("anki-export") not in nothing
    assert client.get(reverse("anki-export")).status_code == 400
    bring(ada, "Why?\x1fBecause.")
    page = client.get(reverse("decks")).content.decode()
    assert f'href="{reverse("anki-export")}"' in page
    taken = client.get(reverse("anki-export"))
    assert b"".join(taken.streaming_content).startswith(b"PK")
    page = client.get(reverse("deck", args=("box",))).content.decode()
    assert f'href="{reverse("deck-anki", args=("box",))}"' in page
    assert "The package keeps everything" in page
