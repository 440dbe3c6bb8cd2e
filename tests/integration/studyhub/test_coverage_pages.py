"""The pages that say what a course covers."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from content.models import Section
from content.services import sync_course
from studyhub.accounts.models import User
from tests.unit.content.courses import CourseFolder

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def browser(ada: User, tmp_path: Path) -> Client:
    folder = CourseFolder(tmp_path / "course")
    assert not sync_course(folder.path, now=datetime(2026, 3, 2, tzinfo=UTC)).problems
    client = Client()
    client.force_login(ada)
    return client


def text(browser: Client, path: str) -> str:
    reply = browser.get(path)
    assert reply.status_code == 200
    page = reply.content.decode().split("<main", 1)[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_course_is_summed_up_in_sentences_and_a_table(browser: Client) -> None:
    page = text(browser, "/coverage/")
    assert "All 3 facts to teach stand in the notes. All but the 1 link are asked for" in page
    assert "1. Pixels 3 of 3 2 of 2 8" in page
    assert "basic cloze choice multiple numeric short ordering code" in page


def test_a_chapter_lists_its_facts_with_their_sections(browser: Client) -> None:
    page = text(browser, "/coverage/pixels/")
    assert "The shape of a tensor lists the length of each axis In Shapes · asked by 4" in page
    assert "described on Wikipedia In Shapes · a link, which no prompt asks for" in page
    assert "c01-" not in page


def test_staff_see_which_prompts(browser: Client, ada: User) -> None:
    ada.is_staff = True
    ada.save()
    assert "S1-01 : its prompts c01-brightest c01-grey-facts" in text(browser, "/coverage/pixels/")


def test_what_is_not_covered_is_said(browser: Client) -> None:
    Section.objects.filter(slug="shapes").update(facts=[])
    assert "1 of the 3 facts to teach stand in the notes." in text(browser, "/coverage/")
    assert "each axis In no section yet" in text(browser, "/coverage/pixels/")


def test_an_unknown_chapter_is_not_found(browser: Client) -> None:
    assert browser.get("/coverage/waves/").status_code == 404


def test_without_signing_in_there_is_nothing(browser: Client) -> None:
    assert Client().get("/coverage/").status_code == 302


def test_the_list_of_chapters_leads_there(browser: Client) -> None:
    assert 'href="/coverage/"' in browser.get("/chapters/").content.decode()
