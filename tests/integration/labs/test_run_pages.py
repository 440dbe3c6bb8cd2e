"""The page of a run, in each state that a learner meets."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from labs.domain.runs import State
from labs.models import Artefact, EarlierGrade, Run
from studyhub.base import clock
from tests.lab_runs import CODE, graded_run, learn, make_lab, make_run, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def digits(db):
    return make_lab()


@pytest.fixture
def browser(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def shown(browser: Client, run: Run, query: str = "") -> str:
    reply = browser.get(f"/runs/{run.pk}/{query}")
    assert reply.status_code == 200
    return plain(reply.content.decode())


def plain(html: str) -> str:
    """Without tags, with single spaces, for looking for sentences."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u202f", " ")


# -- on its way --------------------------------------------------------------------------------
def test_a_waiting_run_tells_its_place_and_how_long_it_may_take(browser, digits, ada, bob):
    graded_run(ada, digits, 0.97)
    make_run(bob, digits, State.QUEUED)  # bob was never served
    page = shown(browser, make_run(ada, digits, State.QUEUED))
    assert "1 run is ahead of yours. About 98 s to your grade." in page
    assert "Stop the run" in page


def test_a_wait_of_seconds_is_not_told_to_a_tenth(browser, digits, ada):
    Run.objects.filter(pk=graded_run(ada, digits, 0.97).pk).update(seconds={"total": 1.8})
    page = shown(browser, make_run(ada, digits, State.QUEUED))
    assert "No run is ahead of yours. A few seconds to your grade." in page


def test_a_run_that_nobody_takes_says_where_to_look(browser, digits, ada):
    run = make_run(ada, digits, State.QUEUED, created_at=clock.now() - timedelta(minutes=5))
    assert "still no worker has taken it" in shown(browser, run)


def test_a_run_behind_one_at_work_says_so_and_blames_no_worker(browser, digits, ada, bob):
    make_run(bob, digits, State.TRAINING)
    run = make_run(ada, digits, State.QUEUED, created_at=clock.now() - timedelta(minutes=5))
    page = shown(browser, run)
    assert "1 run is being worked on; none waits ahead of yours." in page
    assert "no worker" not in page
    assert "1 run ahead" not in page


def test_a_live_page_shows_no_line_that_its_reader_will_be_sent(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING)
    tell(run, "log", {"line": "first"})
    tell(run, "log", {"line": "second"})
    Run.objects.filter(pk=run.pk).update(last_seq=run.last_seq - 1)
    page = shown(browser, run)
    assert "first" in page
    assert "second" not in page


def test_an_end_that_comes_while_the_page_is_made_is_not_told_of_a_run_on_its_way(
    browser, digits, ada
):
    run = make_run(ada, digits, State.TRAINING, attempt=1)
    tell(run, "state", {"state": "cancelled", "message": "The run was stopped, as asked."})
    Run.objects.filter(pk=run.pk).update(last_seq=run.last_seq - 1)
    page = shown(browser, run)
    assert f"Run {run.pk} is training" in page
    assert "as asked" not in page


def test_a_run_that_lost_its_worker_says_that_it_waits_again(browser, digits, ada):
    run = make_run(ada, digits, State.QUEUED, attempt=1)
    tell(run, "state", {"state": "queued", "message": "The worker failed."})
    page = shown(browser, run)
    assert "The worker failed. Nothing is lost but time: this is attempt 2." in page


def test_a_training_run_tells_phase_progress_time_and_last_lines(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING, progress={"done": 25, "total": 100})
    run.events.update(at=clock.now() - timedelta(seconds=20))
    tell(run, "log", {"line": "<b>epoch</b> 1\n"})
    tell(run, "progress", {"done": 25, "total": 100})
    html = browser.get(f"/runs/{run.pk}/").content.decode()
    assert re.search(r'<li aria-current="step">.*?Training', html)
    assert "&lt;b&gt;epoch&lt;/b&gt; 1" in html
    page = plain(html)
    assert "Step 25 of 100" in page
    assert "about 60 s left" in page
    assert re.search(r"2\d s so far; this lab allows 5 min", page)
    assert '<noscript><meta http-equiv="refresh"' in html


def test_a_page_without_script_can_go_on_from_the_events_that_it_has(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING)
    learn(run, 3)
    html = browser.get(f"/runs/{run.pk}/").content.decode()
    assert f'data-after="{run.last_seq}"' in html


def test_memory_and_processor_are_drawn_as_they_were_measured(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING)
    for memory in (100.4, 250.2):
        tell(run, "usage", {"memory_mb": memory, "cpu_percent": 180})
    page = browser.get(f"/runs/{run.pk}/").content.decode()
    assert "Memory, MB: memory now 250" in page
    assert "Processor, %: processor now 180" in page


def test_a_difference_that_rounds_to_nothing_has_no_sign(browser, digits, ada):
    assert "± 0.1 0.0 points" in shown(browser, graded_run(ada, digits, 0.99388))


def test_an_ending_does_not_say_its_message_twice(browser, digits, ada):
    said = "The model cannot be pickled (TypeError: no lock). Return something pickle can store."
    error = {"kind": "not_picklable", "message": said, "detail": "TypeError: no lock\n"}
    page = shown(browser, make_run(ada, digits, State.ERRORED, error=error))
    assert said in page
    assert page.count("TypeError: no lock") == 1


# -- curves ------------------------------------------------------------------------------------
def test_up_to_three_earlier_runs_lie_under_the_curves(browser, digits, ada, bob):
    earlier = [graded_run(ada, digits, 0.9 + place / 100) for place in range(4)]
    strange = graded_run(bob, digits, 0.97)
    run = make_run(ada, digits, State.TRAINING)
    for one in (*earlier, strange, run):
        learn(one, 5)
    asked = "&".join(f"beside={one.pk}" for one in (strange, *earlier, run))
    html = browser.get(f"/runs/{run.pk}/?{asked}").content.decode()
    assert len(re.findall('class="line past', html)) == 2 * 2  # the stranger's counted as asked
    assert f"run {strange.pk} " not in plain(html)
    html = browser.get(f"/runs/{run.pk}/?beside={earlier[0].pk}&beside=x").content.decode()
    assert f"run {earlier[0].pk} 0.6" in plain(html)
    assert f'value="{earlier[0].pk}" checked' in html


def test_smoothing_draws_the_logged_line_pale_under_the_smooth_one(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING)
    for step, value in enumerate((1.0, 0.0, 1.0, 0.0)):
        tell(run, "metric", {"step": step, "loss": value})
    assert 'class="line raw' not in browser.get(f"/runs/{run.pk}/").content.decode()
    html = browser.get(f"/runs/{run.pk}/?smooth=60").content.decode()
    assert 'class="line raw' in html
    assert "Smoothed by 60 %" in plain(html)


@pytest.mark.parametrize(
    "strange", ["smooth=999", "smooth=-1", "smooth=x", "beside=%00", "beside=9e9"]
)
def test_a_strange_address_draws_the_curves_all_the_same(browser, digits, ada, strange):
    run = make_run(ada, digits, State.TRAINING)
    learn(run, 3)
    assert "Loss" in shown(browser, run, f"?{strange}")


def test_hostile_metric_names_stay_text(browser, digits, ada):
    run = make_run(ada, digits, State.TRAINING)
    tell(run, "metric", {"step": 1, "<script>x</script>": 1.0})
    assert "<script>x" not in browser.get(f"/runs/{run.pk}/").content.decode()


# -- results -----------------------------------------------------------------------------------
def test_a_graded_run_stands_beside_the_labs_files_the_class_and_the_run_before(
    browser, digits, ada, bob
):
    for value in (0.97, 0.98, 0.99, 0.96):
        graded_run(type(bob).objects.create_user(f"mate-{value}"), digits, value)
    before = graded_run(ada, digits, 0.91)
    page = shown(browser, graded_run(ada, digits, 0.9868))
    assert "Good. 0.4 points to “excellent”" in page
    assert f"Since run {before.pk}: accuracy 91 % → 98.7 %, 7.7 points better." in page
    assert re.search(r"Baseline 80.9 % ± 0.7 \+17.8 points Clearly better", page)
    assert re.search(r"Reference 99.4 % ± 0.1 −0.7 points Clearly behind", page)
    assert "5 learners: half of their best scores" in page


def test_a_class_of_few_is_not_shown(browser, digits, ada, bob):
    graded_run(bob, digits, 0.97)
    assert "learners: half" not in shown(browser, graded_run(ada, digits, 0.98))


def test_the_same_file_again_is_named_as_such(browser, digits, ada):
    before = graded_run(ada, digits, 0.97, code=CODE, seed=1)
    run = graded_run(ada, digits, 0.97, code=CODE, seed=2)
    page = shown(browser, run)
    assert f"The same file as run {before.pk}, with another seed: the same accuracy, 97 %." in page


def test_the_feedback_part_tells_what_is_confused_and_how_sure_it_was(browser, digits, ada):
    page = shown(browser, graded_run(ada, digits, 0.98))
    assert "4 taken for 9 , 30 times" in page
    assert "It promises too much: on average it is 4 points surer than right." in page
    assert "91 to 100 % 440 97.0 % 95.0 %" in page
    assert "Where it was surest and wrong" in page


def test_labels_without_probabilities_are_told_what_they_miss(browser, digits, ada):
    page = shown(browser, graded_run(ada, digits, 0.98, labels_only=True))
    assert "Return probabilities instead of labels" in page
    assert "As sure as it is right?" not in page


def test_a_flagged_run_says_that_a_person_will_look(browser, digits, ada):
    run = graded_run(ada, digits, 0.9999, flagged="accuracy 0.9999 is better than 0.999")
    page = shown(browser, run)
    assert "A person will look at this." in page
    assert "0.999 " not in page  # which figure is looked at stays with the site


def test_a_run_that_was_graded_again_shows_what_it_was(browser, digits, ada):
    run = graded_run(ada, digits, 0.9868)
    EarlierGrade.objects.create(
        run=run, grade="pass", score=61, metrics={"accuracy": 0.97}, thresholds=digits.thresholds,
        hidden={}, reason="The bar was wrong.", graded_at=clock.now(), replaced_at=clock.now(),
    )  # fmt: skip
    page = shown(browser, run)
    assert "This run was graded again." in page
    assert "Pass, 97 %. The bar was wrong." in page


# -- endings without a grade -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (State.TIMED_OUT, None, "took longer than this lab allows"),
        (State.CANCELLED, None, "This run was stopped."),
        (State.ERRORED, {"kind": "out_of_memory", "message": "Too big.", "detail": ""}, "Smaller"),
    ],
)
def test_a_run_without_a_grade_says_why_and_what_to_do(browser, digits, ada, state, error, said):
    page = shown(browser, make_run(ada, digits, state, error=error))
    assert said in page
    assert "Hand in another" in page
    assert "Run it again" in page


def test_what_was_dropped_from_a_notebook_is_a_list_that_unfolds(browser, digits, ada):
    dropped = [{"cell": 2, "line": "%matplotlib <inline>"}]
    run = make_run(ada, digits, State.CANCELLED, filename="mine.ipynb", dropped=dropped)
    html = browser.get(f"/runs/{run.pk}/").content.decode()
    assert '<details class="data dropped">' in html
    assert "1 line of the notebook is no Python and was left out" in plain(html)
    assert "%matplotlib &lt;inline&gt;" in html


# -- acts --------------------------------------------------------------------------------------
def test_running_it_again_twice_by_one_form_makes_one_run(browser, digits, ada):
    run = graded_run(ada, digits, 0.97)
    key = re.findall(
        r'name="key" value="([^"]+)"', browser.get(f"/runs/{run.pk}/").content.decode()
    )
    places = {browser.post(f"/runs/{run.pk}/again/", {"key": key[0]})["Location"] for _ in "ab"}
    assert len(places) == 1
    again = Run.objects.get(repeats=run)
    assert places == {f"/runs/{again.pk}/"}
    assert again.seed == run.seed


def test_the_artefact_is_a_download_for_its_learner_alone(
    browser, digits, ada, bob, settings, tmp_path
):
    settings.ARTEFACTS_DIR = tmp_path
    run = graded_run(ada, digits, 0.97)
    assert browser.get(f"/runs/{run.pk}/artefact/").status_code == 404
    (tmp_path / "run.zip").write_bytes(b"PK")
    Artefact.objects.create(run=run, file="run.zip", size=2, created_at=clock.now())
    assert f'href="/runs/{run.pk}/artefact/"' in browser.get(f"/runs/{run.pk}/").content.decode()
    reply = browser.get(f"/runs/{run.pk}/artefact/")
    assert b"".join(reply.streaming_content) == b"PK"
    assert reply["Content-Disposition"].startswith("attachment")
    stranger = Client()
    stranger.force_login(bob)
    for path in ("artefact/", "changes/", "part/"):
        assert stranger.get(f"/runs/{run.pk}/{path}").status_code == 404
    assert stranger.post(f"/runs/{run.pk}/again/").status_code == 404


# -- two files side by side --------------------------------------------------------------------
def test_changes_are_told_by_sign_and_class(browser, digits, ada):
    before = graded_run(ada, digits, 0.91, code=CODE.format(steps=3))
    assert "What changed" not in browser.get(f"/runs/{before.pk}/").content.decode()
    run = graded_run(ada, digits, 0.97, code=CODE.format(steps=5).replace("None", "'<b>'"))
    assert "What changed" in browser.get(f"/runs/{run.pk}/").content.decode()
    html = browser.get(f"/runs/{run.pk}/changes/").content.decode()
    assert f"What changed since run {before.pk}" in html
    assert re.search(r'<tr class="del">.*?−.*?range\(3\)', html)
    assert re.search(r'<tr class="add">.*?\+.*?range\(5\)', html)
    assert "&#x27;&lt;b&gt;&#x27;" in html
    assert "2 lines added, 2 lines removed" in html


def test_changes_of_a_notebook_are_those_of_its_code(browser, digits, ada):
    def notebook(steps: int) -> str:
        return json.dumps({"cells": [{"cell_type": "code", "source": CODE.format(steps=steps)}]})

    older = make_run(ada, digits, State.CANCELLED, filename="a.ipynb", code=notebook(3))
    run = make_run(ada, digits, State.CANCELLED, filename="b.ipynb", code=notebook(5))
    html = browser.get(f"/runs/{run.pk}/changes/?since={older.pk}").content.decode()
    assert "range(3)" in html
    assert "cell_type" not in html


def test_changes_without_another_run_and_of_strange_ones(browser, digits, ada, bob):
    run = graded_run(ada, digits, 0.97, code=CODE)
    assert "no other run of this lab" in browser.get(f"/runs/{run.pk}/changes/").content.decode()
    same = graded_run(ada, digits, 0.97, code=CODE)
    page = browser.get(f"/runs/{same.pk}/changes/?since={run.pk}").content.decode()
    assert "The code is the same in both." in page
    theirs = graded_run(bob, digits, 0.97)
    assert browser.get(f"/runs/{run.pk}/changes/?since={theirs.pk}").status_code == 404
    elsewhere = graded_run(ada, make_lab("other"), 0.97)
    assert browser.get(f"/runs/{run.pk}/changes/?since={elsewhere.pk}").status_code == 404
    assert browser.get(f"/runs/{run.pk}/changes/?since=x").status_code == 200
