"""A lab's page: looking at a file before it is handed in, one's runs, what is left, the others."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from content.models import Deck, Prompt
from labs.domain.runs import State
from labs.models import Run, Submission
from studyhub.accounts.models import User
from studyhub.base import clock
from tests.integration.labs.conftest import SOLUTION
from tests.integration.labs.test_run_pages import plain
from tests.integration.quizzes.conftest import add_prompt
from tests.lab_runs import CODE, graded_run, make_lab, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox_works")]
PAGE = "/labs/ten-digits/"


@pytest.fixture
def digits(db):
    return make_lab()


@pytest.fixture
def browser(ada, digits) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def test_a_data_set_that_is_not_here_is_offered_with_size_and_licence(
    browser, digits, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    digits.data = ["movielens", "efficientnet-lite0"]
    digits.save()
    page = plain(browser.get(PAGE).content.decode())
    assert "MovieLens 100k is not here yet." in page
    assert "2.1 MB. Licence: for research, not to be passed on" in page
    assert "manage.py fetch_data ten-digits" in page
    assert "EfficientNet-Lite0, weights trained on ImageNet is not here yet." in page


def looked_at(browser: Client, name: str, content: bytes) -> str:
    """What the script gets about a file."""
    reply = browser.post(
        f"{PAGE}check/",
        {"file": SimpleUploadedFile(name, content)},
        headers={"X-Requested-With": "fetch"},
    )
    assert reply.status_code == 200
    return reply.content.decode()


# -- the prompts it stands on ------------------------------------------------------------------
def test_the_prompts_stand_on_the_page_and_the_first_of_them_beside_a_result(browser, digits, ada):
    deck = Deck.objects.create(slug="course", title="Course")
    asked = [f"c04-{number}" for number in range(8)]
    for name in asked:
        add_prompt(deck, None, name, "basic")
    Prompt.objects.filter(pk="c04-1").update(retired_at=clock.now())
    digits.prompts = [*reversed(asked), "c04-nowhere"]
    digits.save()
    page = browser.get(PAGE).content.decode()
    assert re.findall(r"Question (c04-\d)\?", page) == [*asked[:1:-1], "c04-0"]
    run = browser.get(f"/runs/{graded_run(ada, digits, 0.97).pk}/").content.decode()
    assert re.findall(r"Question (c04-\d)\?", run) == asked[:1:-1]


def test_a_lab_without_prompts_has_no_empty_list_of_them(browser):
    assert "Prompts whose answers" not in browser.get(PAGE).content.decode()


# -- before handing in -------------------------------------------------------------------------
def test_a_sound_file_may_be_handed_in_and_nothing_was_stored(browser):
    html = looked_at(browser, "solution.py", SOLUTION)
    assert 'data-ok="1"' in html
    assert "solution.py can be handed in." in plain(html)
    assert not Submission.objects.exists()


def test_everything_wrong_is_said_at_once_with_line_and_cure(browser):
    html = looked_at(browser, "solution.py", b"import numqy\n\ndef train(data):\n    pass\n")
    page = plain(html)
    assert 'data-ok=""' in html
    assert "solution.py does not define predict." in page
    assert "solution.py, line 3: train takes 1 parameters" in page
    assert re.search(r"line 1: numqy is not there", page)
    assert "Did you mean numpy?" in page


def test_what_is_there_is_listed_once_however_much_is_missing(browser):
    page = plain(looked_at(browser, "solution.py", b"import tensorflow, keras\n" + SOLUTION))
    assert "tensorflow is not there" in page
    assert "keras is not there" in page
    assert page.count("own library") == 1


def test_a_syntax_error_names_its_line(browser):
    assert "line 2" in plain(looked_at(browser, "solution.py", b"x = 1\ndef train(:\n"))


def test_what_a_notebook_loses_is_a_list_that_unfolds(browser):
    source = ["%matplotlib <x>\n", "!pip install timm\n", SOLUTION.decode()]
    notebook = {"cells": [{"cell_type": "code", "source": source}], "nbformat": 4}
    html = looked_at(browser, "mine.ipynb", json.dumps(notebook).encode())
    assert 'data-ok="1"' in html
    assert "2 lines of the notebook are no Python and were left out" in plain(html)
    assert "%matplotlib &lt;x&gt;" in html


@pytest.mark.parametrize("name", ["", "x.exe", "solution.py", "a.zip", "a.ipynb"])
def test_an_empty_or_strange_file_is_answered_too(browser, name):
    if name:
        assert 'data-ok=""' in looked_at(browser, name, b"")
    reply = browser.post(f"{PAGE}check/", {}, headers={"X-Requested-With": "fetch"})
    assert 'data-ok=""' in reply.content.decode()


def test_without_script_the_answer_stands_on_the_labs_page_once(browser):
    reply = browser.post(f"{PAGE}check/", {"file": io.BytesIO(b"def train(")})
    assert reply["Location"] == f"{PAGE}#send"
    assert "cannot be handed in yet" in browser.get(PAGE).content.decode()
    assert "cannot be handed in yet" not in browser.get(PAGE).content.decode()


def test_a_check_of_an_unknown_lab_is_a_page_that_says_so(browser):
    assert browser.post("/labs/nothing/check/", {}).status_code == 404


# -- what is left ------------------------------------------------------------------------------
def test_the_page_tells_how_many_runs_are_left(browser, digits, ada):
    digits.quota = {"per_day": 3, "waiting": 2}
    digits.save()
    make_run(ada, digits, State.QUEUED)
    page = plain(browser.get(PAGE).content.decode())
    assert "2 of 3 runs of 24 hours are left; 1 more may wait or run at once." in page


def test_a_used_up_quota_closes_the_form_and_says_until_when(browser, digits, ada):
    digits.quota = {"per_day": 1}
    digits.save()
    run = graded_run(ada, digits, 0.97)
    Run.objects.filter(pk=run.pk).update(created_at=clock.now() - timedelta(hours=23))
    html = browser.get(PAGE).content.decode()
    assert "All 1 runs of 24 hours are used; the next is free in 60 min." in plain(html)
    assert re.search(r"<button[^>]*data-send disabled", html)


# -- one's own runs ----------------------------------------------------------------------------
def test_the_history_shows_twenty_runs_and_leads_to_older_ones(browser, digits, ada, bob):
    graded_run(bob, digits, 0.97)
    runs = [make_run(ada, digits, State.CANCELLED) for _ in range(23)]
    html = browser.get(PAGE).content.decode()
    assert re.findall(r'<td><a href="/runs/(\d+)/">', html) == [
        str(run.pk) for run in reversed(runs[3:])
    ]
    older = re.search(r'href="(\?before=\d+)#runs"', html)
    assert older
    html = browser.get(PAGE + older[1]).content.decode()
    assert re.findall(r'<td><a href="/runs/(\d+)/">', html) == [
        str(run.pk) for run in reversed(runs[:3])
    ]
    assert browser.get(f"{PAGE}?before=x").status_code == 200


# -- the others --------------------------------------------------------------------------------
def test_equal_results_share_a_place_and_ones_own_best_is_marked(browser, digits, ada, bob):
    eve = User.objects.create_user("eve")
    graded_run(bob, digits, 0.98)
    graded_run(eve, digits, 0.98)
    graded_run(ada, digits, 0.91)
    graded_run(ada, digits, 0.97)
    page = plain(browser.get(PAGE).content.decode())
    assert re.search(r"1, shared bob .* 1, shared eve .* 3 ada, you Pass 97 %", page)


def test_one_stands_on_the_board_however_far_down(browser, digits, ada):
    for number in range(22):
        graded_run(User.objects.create_user(f"mate-{number}"), digits, 0.97 + number / 1000)
    graded_run(ada, digits, 0.9)
    page = plain(browser.get(PAGE).content.decode())
    assert re.search(r"More learners stand between\. 23 ada, you", page)


def test_a_learner_may_stand_there_without_a_name_and_change_it_back(browser, digits, ada, bob):
    graded_run(ada, digits, 0.97)
    stranger = Client()
    stranger.force_login(bob)
    assert browser.post(f"{PAGE}name/", {"anonymous": "1"})["Location"] == f"{PAGE}#board"
    theirs = stranger.get(PAGE).content.decode()
    assert "Anonymous learner" in theirs
    assert "ada" not in plain(theirs)
    own = plain(browser.get(PAGE).content.decode())
    assert "ada, you" in own
    assert "Others see “Anonymous learner” in your place." in own
    browser.post(f"{PAGE}name/", {"anonymous": "0"})
    assert ">ada<" in stranger.get(PAGE).content.decode()


def test_of_a_zip_full_of_statements_only_some_modules_are_looked_at(browser):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("solution.py", CODE.format(steps=1))
        archive.writestr("a.py", "import not_there_at_all\n")
        for number in range(12):
            archive.writestr(f"m{number:02}.py", "# long\n" * 14_000)
    said = looked_at(browser, "many.zip", packed.getvalue())
    assert "can be handed in" in said
    assert "not_there_at_all" in said
    assert "7 modules of the zip were not looked at." in said
