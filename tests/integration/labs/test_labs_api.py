"""Labs, submissions and runs over REST, as a phone uses them."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from labs.domain.outcome import RunOutcome
from labs.domain.runs import PHASES, State
from labs.models import Run, Submission
from labs.services import claims
from tests.integration.labs.conftest import SOLUTION
from tests.integration.labs.test_claims import PASSED

RUN_LAB_KEYS = {
    "lab", "state", "grade", "score", "metrics", "thresholds",
    "seed", "hidden", "seconds", "log", "error",
}  # fmt: skip


@pytest.fixture
def as_ada(ada) -> APIClient:
    client = APIClient()
    client.force_authenticate(ada)
    return client


@pytest.fixture
def as_bob(bob) -> APIClient:
    client = APIClient()
    client.force_authenticate(bob)
    return client


@pytest.fixture
def end_next(clock):
    """Claims the next run and ends it with an outcome, as a worker does."""

    def end(outcome: RunOutcome = PASSED) -> None:
        claim = claims.claim_next(devices=("cpu",), worker="w", now=clock.pass_(seconds=1))
        for phase in PHASES[2:]:
            claims.enter(claim, phase, now=clock())
        claims.finish(claim, outcome, now=clock())

    return end


def upload(client, content=SOLUTION, name="solution.py", slug="threes", **more):
    file = SimpleUploadedFile(name, content)
    return client.post(f"/api/v1/labs/{slug}/submissions/", {"file": file}, **more)


def test_a_file_becomes_a_run_that_is_graded(as_ada, lab, end_next):
    answer = upload(as_ada)
    assert answer.status_code == 201
    run = answer.json()
    assert (run["state"], run["phase"], run["position"]) == ("queued", "queued", 0)
    end_next()
    run = as_ada.get(f"/api/v1/runs/{run['id']}/").json()
    assert (run["state"], run["grade"], run["phase"], run["position"]) == (
        "passed", "good", None, None,
    )  # fmt: skip
    assert run["metrics"] == {"accuracy": 0.95}
    assert run["hidden"] == {"feedback": 1, "final": 2}
    assert set(run) >= RUN_LAB_KEYS


def test_a_refused_file_says_why_as_problem_json(as_ada, lab):
    answer = upload(as_ada, b"def train(data, run):\n    return )\n")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert "line 2" in problem["errors"]["file"][0]
    assert problem["type"].endswith("upload-refused")
    assert not Submission.objects.exists()


def test_a_missing_function_is_named(as_ada, lab):
    answer = upload(as_ada, b"def train(data, run): ...\n")
    assert answer.status_code == 400
    assert "predict" in answer.json()["detail"]


def test_a_file_too_large_is_refused_by_its_size(as_ada, lab):
    assert upload(as_ada, b"#" * 5_050_000).status_code == 400


def test_a_request_far_too_large_is_refused_before_it_is_read(as_ada, lab):
    answer = upload(as_ada, b"#" * 5_200_000)
    assert (answer.status_code, answer["Connection"]) == (413, "close")
    assert answer.json()["type"] == "/problems/too-large"


def test_a_request_without_a_file_is_explained(as_ada, lab):
    answer = as_ada.post("/api/v1/labs/threes/submissions/", {})
    assert answer.status_code == 400
    assert "file" in answer.json()["errors"]


def test_an_upload_that_a_phone_repeats_makes_one_run(as_ada, lab):
    answers = [upload(as_ada, headers={"Idempotency-Key": "a-uuid"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Run.objects.count() == 1


def test_a_key_for_another_file_is_a_conflict(as_ada, lab):
    upload(as_ada, headers={"Idempotency-Key": "k"})
    answer = upload(as_ada, SOLUTION + b"# two\n", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "events/"), ("post", "cancel/")],
)
def test_a_strangers_run_does_not_exist(as_ada, as_bob, lab, method, path):
    run = upload(as_ada).json()["id"]
    answer = getattr(as_bob, method)(f"/api/v1/runs/{run}/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert Run.objects.get().state == "queued"


def test_staff_see_every_run(as_ada, as_bob, bob, lab):
    run = upload(as_ada).json()["id"]
    bob.is_staff = True
    bob.save()
    assert as_bob.get(f"/api/v1/runs/{run}/").status_code == 200


def test_nobody_sees_anything_without_signing_in(lab):
    assert APIClient().get("/api/v1/labs/").status_code == 401


def test_events_are_read_from_where_one_was(as_ada, lab, end_next):
    run = upload(as_ada).json()["id"]
    first = as_ada.get(f"/api/v1/runs/{run}/events/").json()
    assert [event["seq"] for event in first["events"]] == [1]
    assert not first["done"]
    end_next()
    rest = as_ada.get(f"/api/v1/runs/{run}/events/?after=1").json()
    assert [event["seq"] for event in rest["events"]] == list(range(2, 8))
    assert rest["events"][-1]["data"]["state"] == "passed"
    assert rest["events"][-1]["at"].endswith("Z")
    assert rest["done"]


@pytest.mark.parametrize("after", ["x", "-1", "99999999999999999999"])
def test_an_unreadable_place_is_explained(as_ada, lab, after):
    run = upload(as_ada).json()["id"]
    assert as_ada.get(f"/api/v1/runs/{run}/events/?after={after}").status_code == 400


def test_stopping_twice_is_harmless(as_ada, lab):
    run = upload(as_ada).json()["id"]
    states = [as_ada.post(f"/api/v1/runs/{run}/cancel/").json()["state"] for _ in range(2)]
    assert states == ["cancelled", "cancelled"]


def test_a_list_of_runs_is_paged_newest_first(as_ada, as_bob, lab, end_next):
    for _ in range(3):
        upload(as_ada)
    upload(as_bob)
    end_next()
    page = as_ada.get("/api/v1/labs/threes/submissions/?limit=2").json()
    assert len(page["results"]) == 2
    rest = as_ada.get(page["next"]).json()
    ids = [run["id"] for run in page["results"] + rest["results"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert rest["results"][0]["grade"] == "good"


def test_a_list_costs_as_many_queries_for_many_runs_as_for_one(
    as_ada, lab, django_assert_max_num_queries
):
    for _ in range(5):
        upload(as_ada)
    with django_assert_max_num_queries(3):
        as_ada.get("/api/v1/labs/threes/submissions/")


def test_labs_come_with_ones_best_run(as_ada, lab, end_next):
    assert as_ada.get("/api/v1/labs/").json()["results"][0]["best"] is None
    run = upload(as_ada).json()["id"]
    end_next()
    best = as_ada.get("/api/v1/labs/").json()["results"][0]["best"]
    assert best == {"run": run, "grade": "good", "score": 80.0}


def test_a_lab_without_its_data_says_what_to_type(as_ada, lab, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    lab.data = ["mnist"]
    lab.save()
    answer = as_ada.get("/api/v1/labs/threes/").json()
    assert not answer["ready"]
    assert "17.1 MB. Licence: CC BY-SA 3.0" in answer["lacks"][0]["message"]
    assert "manage.py fetch_data threes" in answer["lacks"][0]["cure"]
    assert answer["lacks"][0]["data_set"] == "mnist"


def test_an_unknown_lab_is_a_404(as_ada, db):
    assert as_ada.get("/api/v1/labs/nowhere/").status_code == 404
    assert upload(as_ada, slug="nowhere").status_code == 404


def test_equal_scores_share_a_place_and_a_learner_stands_once(as_ada, as_bob, lab, end_next):
    for client in (as_ada, as_bob, as_ada):
        upload(client)
        end_next()
    places = as_ada.get("/api/v1/labs/threes/leaderboard/").json()["results"]
    assert [(place["place"], place["name"], place["you"]) for place in places] == [
        (1, "ada", True),
        (1, "bob", False),
    ]


def test_a_flagged_result_stands_on_no_leaderboard(as_ada, lab, end_next):
    upload(as_ada)
    end_next(RunOutcome(**{**vars(PASSED), "flagged": "too good"}))
    assert as_ada.get("/api/v1/labs/threes/leaderboard/").json()["results"] == []


def test_a_data_set_can_be_asked_for(as_ada, db):
    answer = as_ada.post("/api/v1/data/mnist/fetch/")
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert as_ada.post("/api/v1/data/nowhere/fetch/").status_code == 404


def test_the_error_of_a_run_has_kind_message_and_detail(as_ada, lab, clock):
    run = upload(as_ada, io.BytesIO(SOLUTION).read()).json()["id"]
    claim = claims.claim_next(devices=("cpu",), worker="w", now=clock())
    claims.enter(claim, State.PREPARING, now=clock())
    Run.objects.update(attempt=3)
    claims.give_back(Run.objects.get(), why="The worker failed.", now=clock())
    error = as_ada.get(f"/api/v1/runs/{run}/").json()["error"]
    assert set(error) == {"kind", "message", "detail"}
    assert error["kind"] == "platform"
