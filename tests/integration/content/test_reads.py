"""What pages and the API read of the course, and in how many queries."""

import pytest
from django.test import Client

from content import selectors
from content.domain.errors import ContentNotFound
from content.models import Figure, Prompt
from studyhub.accounts.models import User
from tests.integration.content.conftest import Syncs
from tests.unit.content.test_rendering import png

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def synced(course: Syncs) -> None:
    course.folder.write("01-pixels/figures/mean.png", png(28, 28))
    course.folder.edit("01-pixels/notes.md", "{{lab", "![A mean](figures/mean.png)\n\n{{lab")
    assert course.sync().problems == ()


def test_chapters_are_listed_in_one_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        (chapter,) = selectors.chapters()
    assert (chapter.title, chapter.prompt_count) == ("Pixels", 8)
    assert chapter.minutes >= 2


def test_a_chapter_comes_whole_in_three_queries(django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        chapter = selectors.chapter_by_slug("pixels")
        sections = [(s.slug, len(s.blocks), s.notes[:6]) for s in chapter.sections.all()]
        prompts = [(p.pk, p.section and p.section.slug) for p in chapter.prompts.all()]
    assert sections == [("grid", 2, "A grey"), ("shapes", 4, "A stac")]
    assert prompts[0] == ("c01-brightest", "grid")
    assert len(prompts) == 8


def test_retired_prompts_are_left_out_unless_asked_for() -> None:
    prompt = Prompt.objects.get(pk="c01-brightest")
    prompt.retired_at = prompt.updated_at
    prompt.save()
    shown = selectors.chapter_by_slug("pixels").prompts.all()
    assert "c01-brightest" not in {row.pk for row in shown}
    assert selectors.prompts_by_id(["c01-brightest", "c99-x"], None) == {}
    assert set(selectors.prompts_by_id(["c01-brightest"], None, retired=True)) == {"c01-brightest"}
    assert selectors.chapters()[0].prompt_count == 7
    with pytest.raises(ContentNotFound):
        selectors.prompt_by_id("c01-brightest", None)


def test_an_unknown_chapter_is_said_to_be_so() -> None:
    with pytest.raises(ContentNotFound) as refused:
        selectors.chapter_by_slug("waves")
    assert refused.value.status == 404
    assert refused.value.cure


def test_a_picture_is_served_for_ever(client: Client) -> None:
    name = Figure.objects.get().name
    section = selectors.chapter_by_slug("pixels").sections.all()[1]
    source = f"/content/figures/pixels/{name}"
    assert any(source in block.get("html", "") for block in section.blocks)
    answer = client.get(source)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == png(28, 28)
    assert "immutable" in answer["Cache-Control"]
    assert client.post(source).status_code == 405


def test_an_unknown_picture_is_not_found(client: Client) -> None:
    assert client.get("/content/figures/pixels/gone.png").status_code == 404
    assert client.get("/content/figures/pixels/..%2fsecret.png").status_code == 404


@pytest.mark.parametrize("model", ["chapter", "prompt", "deck"])
def test_staff_may_look_but_not_change(client: Client, model: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(f"/admin/content/{model}/").status_code == 200
    assert client.get(f"/admin/content/{model}/add/").status_code == 403
    if model == "prompt":
        page = client.get("/admin/content/prompt/c01-brightest/change/")
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
