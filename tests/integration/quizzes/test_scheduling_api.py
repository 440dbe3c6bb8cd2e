"""Scheduling over REST."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from quizzes import services
from quizzes.domain.fsrs import DEFAULT_WEIGHTS
from quizzes.models import SchedulerParameters
from tests.integration.quizzes.conftest import sent
from tests.integration.quizzes.test_api import Phone

PATHS = [
    ("get", "scheduling/"),
    ("put", "scheduling/"),
    ("delete", "scheduling/"),
    ("post", "scheduling/fit/"),
    ("get", "scheduling/fits/"),
    ("post", "scheduling/reschedule/"),
    ("delete", "scheduling/reschedule/"),
]


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


def put(phone: Phone, body: object):
    return phone.client.put(
        "/api/v1/scheduling/", json.dumps(body), content_type="application/json"
    )


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_a_token_nothing_is_told(client, db, method, path):
    assert getattr(client, method)(f"/api/v1/{path}").status_code == 401


def test_a_new_learner_has_the_defaults(phone):
    told = phone.get("scheduling/").json()
    assert told["desired_retention"] == 0.9
    assert told["learning_steps"] == [60, 600]
    assert told["parameters"] == list(DEFAULT_WEIGHTS)
    assert (told["costs"], told["refold"], told["reschedule"]) == ([], None, None)


def test_settings_are_changed_in_part_and_set_back(phone):
    asked = {"desired_retention": 0.85, "chapter_retention": {"pets": 0.95}}
    told = put(phone, asked).json()
    assert (told["desired_retention"], told["chapter_retention"]) == (0.85, {"pets": 0.95})
    told = put(phone, {"relearning_steps": []}).json()
    assert (told["desired_retention"], told["relearning_steps"]) == (0.85, [])
    assert put(phone, {"chapter_retention": {"pets": None}}).json()["chapter_retention"] == {}
    told = phone.client.delete("/api/v1/scheduling/").json()
    assert (told["desired_retention"], told["relearning_steps"]) == (0.9, [600])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"desired_retention": 1.7}, "desired_retention"),
        ({"maximum_interval": 0}, "maximum_interval"),
        ({"learning_steps": [60, -1]}, "learning_steps.1"),
        ({"chapter_retention": {"nowhere": 0.9}}, "chapter_retention"),
        ({"chapter_retention": "pets"}, "chapter_retention"),
        ({"desired_retenton": 0.95}, "desired_retenton"),
        ({"learning_steps": [0], "easy": True}, "easy"),
        ({"parameters": [1.0] * 21}, "parameters"),
    ],
)
def test_a_setting_out_of_bounds_is_named_and_nothing_changes(phone, asked, field):
    reply = put(phone, {**asked, "desired_retention": asked.get("desired_retention", 0.8)})
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"
    assert field in reply.json()["errors"]
    assert phone.get("scheduling/").json()["desired_retention"] == 0.9


def test_a_fit_with_too_few_reviews_is_refused_with_what_is_missing(phone):
    reply = phone.post("scheduling/fit/")
    assert reply.status_code == 409
    assert "needs 400 reviews" in json.dumps(reply.json())


def test_fits_are_listed_by_page(phone, ada):
    for version in (1, 2, 3):
        SchedulerParameters.objects.create(
            user=ada,
            version=version,
            scheduler_version="fsrs-6",
            weights=list(DEFAULT_WEIGHTS),
            reviews=500 * version,
            log_loss_before=0.4,
            log_loss_after=0.39,
            seconds=0.1,
            kept=version == 2,
            fitted_at=datetime(2026, 3, version, tzinfo=UTC),
        )
    page = phone.get("scheduling/fits/", limit=2).json()
    assert [fit["version"] for fit in page["results"]] == [3, 2]
    assert [fit["kept"] for fit in page["results"]] == [False, True]
    rest = phone.client.get(page["next"]).json()
    assert [fit["version"] for fit in rest["results"]] == [1]


def test_rescheduling_and_taking_it_back(phone, ada):
    now = datetime.now(UTC)
    events = [sent("c05-0", at=now - timedelta(days=6 - day), seq=day) for day in (0, 1, 5)]
    services.record_events(ada, events, now=now)
    assert [cost["retention"] for cost in phone.get("scheduling/").json()["costs"]] == [
        0.8,
        0.85,
        0.9,
        0.95,
    ]
    put(phone, {"desired_retention": 0.99})
    reply = phone.post("scheduling/reschedule/")
    assert (reply.status_code, reply.json()) == (202, {"cards": 1, "moved": 1})
    undone = phone.client.delete("/api/v1/scheduling/reschedule/").json()
    assert undone == {"restored": 1}
