"""The chapters of the API, on the real course."""

import pytest
from django.test import Client

from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    """A client that holds Ada's token."""
    ada = User.objects.create_user("ada")
    _, secret = issue_device_token(ada, "phone")
    return Client(headers={"Authorization": f"Token {secret}"})


def test_the_list_names_chapters_with_their_size(phone: Client, shipped_course: None):
    (chapter,) = [c for c in phone.get("/api/v1/chapters/").json()["results"] if c["number"] == 4]
    assert chapter["slug"] == "mnist-basics"
    assert chapter["prompt_count"] >= 50
    assert chapter["labs"] == ["mnist-baseline"]


def test_a_chapter_comes_whole_with_html_and_markdown(phone: Client, shipped_course: None):
    chapter = phone.get("/api/v1/chapters/mnist-basics/").json()
    section = chapter["sections"][0]
    assert section["markdown"].strip()
    assert any(block["type"] == "html" and "<p>" in block["html"] for block in section["blocks"])
    placed = {
        block["id"]
        for section in chapter["sections"]
        for block in section["blocks"]
        if block["type"] == "prompt"
    }
    assert placed
    assert placed <= {prompt["id"] for prompt in chapter["prompts"]}


def test_options_do_not_tell_which_is_right(phone: Client, shipped_course: None):
    prompts = phone.get("/api/v1/chapters/mnist-basics/").json()["prompts"]
    choices = [choice for p in prompts if p["kind"] == "choice" for choice in p["choices"]]
    assert choices
    assert all(set(choice) == {"id", "html"} for choice in choices)


def test_adding_a_chapter_makes_its_cards_once(phone: Client, shipped_course: None):
    first = phone.post("/api/v1/chapters/mnist-basics/add/").json()["added"]
    assert first >= 50
    assert phone.post("/api/v1/chapters/mnist-basics/add/").json()["added"] == 0


def test_without_a_token_nothing_is_shown(shipped_course: None):
    reply = Client().get("/api/v1/chapters/")
    assert reply.status_code == 401
    assert reply["Content-Type"] == "application/problem+json"


def test_a_chapter_that_is_not_there_is_a_problem(phone: Client, shipped_course: None):
    reply = phone.get("/api/v1/chapters/no-such/")
    assert reply.status_code == 404
    assert reply.json()["type"] == "/problems/not-found"
