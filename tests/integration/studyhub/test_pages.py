"""The pages without a browser: what they answer, what a form does twice, what is not yours."""

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from labs.domain.uploads import Upload
from labs.models import RunEvent
from labs.services import submit
from quizzes.models import ReviewEventRow
from quizzes.services import add_chapter, start_quiz
from studyhub.accounts.models import User
from studyhub.base import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_course")]

CHAPTER = "mnist-basics"
LAB = "mnist-baseline"
SOLUTION = b"def train(data, run):\n    pass\n\ndef predict(model, inputs, run):\n    pass\n"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def pages() -> list[str]:
    return [
        "/",
        "/chapters/",
        f"/chapters/{CHAPTER}/",
        "/review/",
        f"/quiz/{CHAPTER}/",
        "/labs/",
        f"/labs/{LAB}/",
        "/account/",
    ]


def test_every_page_answers_on_the_first_day(browser: Client):
    assert {path: browser.get(path).status_code for path in pages()} == dict.fromkeys(pages(), 200)


def test_every_page_answers_in_the_middle_of_a_course(browser: Client, ada: User):
    add_chapter(ada, CHAPTER, now=clock.now())
    quiz = start_quiz(
        ada, chapters=[CHAPTER], size=8, feedback="each", seconds=None, now=clock.now(), seed=1
    )
    run = submit(ada, LAB, Upload("solution.py", SOLUTION), now=clock.now())
    there = [*pages(), f"/quiz/attempt/{quiz.pk}/", f"/runs/{run.pk}/", f"/runs/{run.pk}/part/"]
    assert {path: browser.get(path).status_code for path in there} == dict.fromkeys(there, 200)


def test_nobody_sees_a_page_without_signing_in():
    stranger = Client()
    for path in pages():
        reply = stranger.get(path)
        assert (reply.status_code, reply["Location"].split("?")[0]) == (302, "/account/login/")


def test_no_page_carries_an_inline_style_or_script(browser: Client, ada: User):
    submit(ada, LAB, Upload("solution.py", SOLUTION), now=clock.now())
    for path in pages():
        page = browser.get(path)
        text = page.content.decode()
        assert not re.search(r"\sstyle=|<style|\son\w+=\"|<script(?![^>]*\ssrc=)", text), path
        policy = page["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_prompt_answered_twice_by_one_form_counts_once(browser: Client, ada: User):
    sent = {"event": str(uuid4()), "knew": "yes"}
    address = reverse("chapter-prompt", args=(CHAPTER, "c04-rank-of-batch"))
    for _ in range(2):
        assert browser.post(address, sent).status_code == 302
    (event,) = ReviewEventRow.objects.filter(user=ada)
    assert (event.event_id, event.rating) == (UUID(sent["event"]), 3)


def test_a_rating_sent_twice_counts_once_and_undo_sent_twice_takes_back_one(
    browser: Client, ada: User
):
    add_chapter(ada, CHAPTER, now=clock.now())
    for _ in range(2):
        card = browser.get("/review/").context
        sent = {"prompt": card["prompt"].pk, "event": str(card["event"]), "rating": "3"}
        browser.post("/review/rate/", sent)
        browser.post("/review/rate/", sent)
    assert ReviewEventRow.objects.filter(user=ada, kind="review").count() == 2
    undo = {"event": str(browser.get("/review/").context["last"].event)}
    browser.post("/review/undo/", undo)
    browser.post("/review/undo/", undo)
    assert ReviewEventRow.objects.filter(user=ada, kind="void").count() == 1


def test_a_number_in_words_is_explained_and_nothing_is_kept(browser: Client, ada: User):
    add_chapter(ada, CHAPTER, now=clock.now())
    reply = browser.post("/review/check/", {"prompt": "c04-rank-of-batch", "answer": "four or so"})
    assert reply.status_code == 200
    assert not ReviewEventRow.objects.filter(user=ada).exists()


def test_a_refused_file_comes_back_with_the_reason(browser: Client, tmp_path):
    bad = tmp_path / "solution.py"
    bad.write_bytes(b"def train(data, run):\n    pass\n")
    with bad.open("rb") as file:
        reply = browser.post(f"/labs/{LAB}/hand-in/", {"file": file})
    assert reply["Location"] == f"/labs/{LAB}/#send"
    page = browser.get(f"/labs/{LAB}/")
    assert "solution.py does not define predict" in page.content.decode()
    assert page.context["refused"]["cure"]
    assert browser.get(f"/labs/{LAB}/").context["refused"] is None
    reply = browser.post(f"/labs/{LAB}/hand-in/", {})
    assert reply["Location"] == f"/labs/{LAB}/#send"


def test_a_form_sent_twice_hands_in_once(browser: Client, ada: User, tmp_path):
    good = tmp_path / "solution.py"
    good.write_bytes(SOLUTION)
    places = set()
    key = str(uuid4())
    for _ in range(2):
        with good.open("rb") as file:
            reply = browser.post(f"/labs/{LAB}/hand-in/", {"file": file, "key": key})
        places.add(reply["Location"])
    assert len(places) == 1


def test_somebody_elses_run_and_quiz_are_not_there(browser: Client):
    eve = User.objects.create_user("eve")
    run = submit(eve, LAB, Upload("solution.py", SOLUTION), now=clock.now())
    quiz = start_quiz(
        eve, chapters=[CHAPTER], size=3, feedback="each", seconds=None, now=clock.now(), seed=1
    )
    for path in (
        f"/runs/{run.pk}/",
        f"/runs/{run.pk}/part/",
        f"/runs/{run.pk}/worst/0.png",
        f"/quiz/attempt/{quiz.pk}/",
    ):
        assert browser.get(path).status_code == 404, path
    assert browser.post(f"/runs/{run.pk}/cancel/").status_code == 404


def test_what_a_run_drew_is_an_image_that_can_do_nothing(browser: Client, ada: User):
    run = submit(ada, LAB, Upload("solution.py", SOLUTION), now=clock.now())
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"><script>steal()</script></svg>'
    for seq, name in enumerate(("loss", "<b>weights</b>", "loss"), start=101):
        data = {"name": name, "svg": drawn}
        RunEvent.objects.create(run=run, seq=seq, at=clock.now(), kind="figure", data=data)

    page = browser.get(f"/runs/{run.pk}/").content.decode()
    assert re.findall(rf"/runs/{run.pk}/figures/(\d+)\.svg", page) == ["103", "102"]
    assert "steal()" not in page
    assert "<b>weights" not in page

    image = browser.get(f"/runs/{run.pk}/figures/103.svg")
    assert image["Content-Type"] == "image/svg+xml"
    assert "sandbox" in image["Content-Security-Policy"]
    assert "default-src 'none'" in image["Content-Security-Policy"]
    assert "script-src" not in image["Content-Security-Policy"]
    assert image["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"/runs/{run.pk}/figures/1.svg").status_code == 404
    stranger = Client()
    stranger.force_login(User.objects.create_user("eve"))
    assert stranger.get(f"/runs/{run.pk}/figures/103.svg").status_code == 404


def test_the_study_day_follows_the_browser(browser: Client, ada: User):
    browser.cookies["tz"] = "Pacific%2FAuckland"
    browser.get("/")
    ada.refresh_from_db()
    assert ada.time_zone == "Pacific/Auckland"
    # The second is a file of the time zone database, but no zone that a study day knows.
    for strange in ("../../etc/passwd", "posix/Europe/Berlin"):
        browser.cookies["tz"] = strange
        assert browser.get("/").status_code == 200
        ada.refresh_from_db()
        assert ada.time_zone == "Pacific/Auckland"


def test_the_colours_go_round_and_lead_nowhere_else(browser: Client):
    reply = browser.post("/theme/", {"next": "https://elsewhere.example/"})
    assert reply["Location"] == "/"
    assert reply.cookies["theme"].value == "light"
    reply = browser.post("/theme/", {"next": "/labs/"})
    assert (reply["Location"], reply.cookies["theme"].value) == ("/labs/", "dark")


def test_what_is_not_there_is_said_with_a_way_on(browser: Client):
    for path in ("/chapters/nothing/", "/labs/nothing/", "/runs/99999/", "/nowhere/"):
        reply = browser.get(path)
        assert reply.status_code == 404
        assert "Back to today" in reply.content.decode()
