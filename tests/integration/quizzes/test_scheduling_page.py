"""The scheduling page: what it tells, and what its forms do."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from quizzes import services
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.models import OpenTask, SchedulerParameters
from quizzes.selectors.scheduling import scheduling_of
from quizzes.services.open_tasks import begin, done
from quizzes.web.scheduling_forms import steps_in, steps_said
from tests.integration.quizzes.conftest import sent


@pytest.fixture
def browser(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def cards(ada) -> None:
    now = datetime.now(UTC)
    events = [
        sent(f"c05-{n}", at=now - timedelta(days=8 - day, minutes=n), seq=9 * day + n)
        for n in range(5)
        for day in (0, 1, 4)
    ]
    services.record_events(ada, events, now=now)


def test_the_page_asks_to_sign_in(client, db):
    assert client.get("/scheduling/").status_code == 302


def test_a_newcomer_sees_choices_without_costs(browser):
    page = browser.get("/scheduling/").content.decode()
    assert "Once you have reviewed some cards" in page
    assert "needs 400 reviews" in page
    assert page.count('name="retention"') == 4


def test_each_choice_says_what_it_costs(browser, cards):
    page = browser.get("/scheduling/").content.decode()
    units = re.findall(r"about [\d.,]+ reviews? a (week|day)", page)
    assert (len(units), len(set(units))) == (4, 1)
    assert "pets" in page


def test_the_form_keeps_what_was_chosen(browser, ada, cards):
    form = {
        "retention": "0.85",
        "maximum": "365",
        "learning_steps": "30 s, 5 min, 1 h",
        "relearning_steps": "",
        "chapter-pets": "0.95",
    }
    assert browser.post("/scheduling/", form).status_code == 302
    kept = scheduling_of(ada)
    assert (kept.desired_retention, kept.maximum_interval) == (0.85, 365)
    assert (kept.learning_steps, kept.relearning_steps) == ((30, 300, 3_600), ())
    assert kept.chapter_retention == (("pets", 0.95),)
    page = browser.get("/scheduling/").content.decode()
    assert "30 s, 5 min, 1 h" in page
    assert browser.post("/scheduling/", {"chapter-pets": ""}).status_code == 302
    assert scheduling_of(ada).chapter_retention == ()


@pytest.mark.parametrize(
    "form",
    [
        {"retention": "1.7"},
        {"retention": "much"},
        {"maximum": "-3"},
        {"maximum": "9" * 9},
        {"learning_steps": "soon"},
        {"relearning_steps": "13 h"},
        {"chapter-nowhere": "0.9"},
        {"chapter-pets": "x"},
    ],
)
def test_a_wrong_field_is_told_and_nothing_changes(browser, ada, form):
    reply = browser.post("/scheduling/", {"learning_steps": "2 min", **form})
    assert reply.status_code == 400
    assert "Nothing was changed." in reply.content.decode()
    assert scheduling_of(ada).learning_steps == (60, 600)


def test_what_was_typed_is_not_lost_and_never_markup(browser):
    page = browser.post("/scheduling/", {"learning_steps": "<b>soon</b>"}).content.decode()
    assert "&lt;b&gt;soon" in page
    assert "<b>soon" not in page


def test_due_dates_are_set_anew_and_put_back(browser, ada, cards):
    browser.post("/scheduling/", {"retention": "0.95"})
    assert "Set due dates anew" in browser.get("/scheduling/").content.decode()
    page = browser.post("/scheduling/reschedule/", follow=True).content.decode()
    assert "set anew. You can take that back below." in page
    assert "Every card is due when the settings in use want it." in page
    page = browser.post("/scheduling/reschedule/undo/", follow=True).content.decode()
    assert "put back." in page


def test_a_fit_that_cannot_be_made_says_what_is_missing(browser):
    page = browser.post("/scheduling/fit/", follow=True).content.decode()
    assert "No fit was made. A fit needs 400 reviews" in page


def test_fits_stand_in_a_table(browser, ada):
    SchedulerParameters.objects.create(
        user=ada,
        version=1,
        scheduler_version="fsrs-6",
        weights=list(DEFAULT_WEIGHTS),
        reviews=1_500,
        log_loss_before=0.41234,
        log_loss_after=0.4,
        seconds=0.1,
        kept=True,
        fitted_at=datetime.now(UTC),
    )
    page = browser.get("/scheduling/").content.decode()
    assert "1,500" in page
    assert "0.4123" in page


@pytest.fixture
def unsent(monkeypatch) -> None:
    """The worker takes nothing up, and there is enough to fit."""
    monkeypatch.setattr("quizzes.services.fitting.send_fit_after_commit", lambda *_, **__: None)
    for module in ("quizzes.services.fitting", "quizzes.web.scheduling_view"):
        monkeypatch.setattr(f"{module}.why_no_fit", lambda _: "")


def made(ada, version: int, *, kept: bool) -> None:
    now = datetime.now(UTC)
    SchedulerParameters.objects.create(
        user=ada,
        version=version,
        scheduler_version="fsrs-6",
        weights=list(DEFAULT_WEIGHTS),
        reviews=1_500,
        log_loss_before=0.4,
        log_loss_after=0.39 if kept else 0.41,
        seconds=0.1,
        kept=kept,
        fitted_at=now,
    )


@pytest.mark.parametrize("kept", [True, False])
def test_a_fit_that_was_asked_for_is_followed_to_its_end(browser, ada, unsent, kept):
    made(ada, 1, kept=True)
    page = browser.post("/scheduling/fit/", follow=True).content.decode()
    assert "The fit waits for its turn." in page
    assert "<progress" in page
    assert ">Fit now<" not in page
    begin(ada.pk, OpenTask.Kind.FIT, now=datetime.now(UTC))
    assert "The fit to your reviews is running." in browser.get("/scheduling/").content.decode()
    made(ada, 2, kept=kept)
    done(ada.pk, OpenTask.Kind.FIT)
    page = browser.get("/scheduling/").content.decode()
    assert "came to nothing" not in page
    assert "log loss 0.4000 before" in page
    assert ("is in use: it foretold" in page) == kept
    assert ("was not kept, and the parameters in use stay" in page) != kept
    assert ">Fit now<" in page


def test_a_fit_that_came_to_nothing_says_so(browser, ada, unsent):
    made(ada, 1, kept=True)
    browser.post("/scheduling/fit/")
    begin(ada.pk, OpenTask.Kind.FIT, now=datetime.now(UTC))
    done(ada.pk, OpenTask.Kind.FIT)
    page = browser.get("/scheduling/").content.decode()
    assert "came to nothing, and the parameters in use stay. Your settings changed" in page
    assert ">Fit now<" in page


def test_everything_goes_back_to_the_defaults(browser, ada):
    browser.post("/scheduling/", {"retention": "0.8"})
    browser.post("/scheduling/defaults/")
    assert scheduling_of(ada).desired_retention == 0.9


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1 min, 10 min", [60, 600]),
        ("1,10", [60, 600]),
        ("90s", [90]),
        (" 2 H ", [7_200]),
        ("", []),
        ("1;2", "unreadable"),
        ("-1", "unreadable"),
    ],
)
def test_steps_are_read_as_people_write_them(text, steps):
    assert steps_in(text) == steps


def test_steps_are_written_as_they_are_read():
    assert steps_in(steps_said([30, 60, 600, 7_200])) == [30, 60, 600, 7_200]
