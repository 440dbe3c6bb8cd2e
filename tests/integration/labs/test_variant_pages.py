"""What pages say of a lab with variants, and of answers that are maps."""

import pytest
from django.urls import reverse

from labs.domain.grades import Direction, Thresholds
from labs.domain.runs import State
from labs.models import Grade
from studyhub.base import clock
from tests.lab_runs import PIXEL, make_lab, make_run

POINTING = Thresholds("pointing_game", Direction.HIGHER, 0.29, 0.6, 0.75, 0.85, 1.0)


@pytest.fixture
def run(ada):
    lab = make_lab("cam", variant="three breeds", thresholds=POINTING.to_json(), spread=[])
    run = make_run(ada, lab, State.PASSED)
    misses = [
        {"actual": "the animal", "predicted": said, "confidence": None, "picture": PIXEL,
         "caption": None}
        for said in ("the background", "the animal")
    ]  # fmt: skip
    Grade.objects.create(
        run=run,
        grade="good",
        score=80.0,
        metrics={"pointing_game": 0.8, "pixel_auc": 0.9012},
        thresholds=POINTING.to_json(),
        hidden={"feedback": 59, "final": 236},
        feedback={"examples": 59, "mistakes": 9, "pixel_auc": 0.9, "worst": misses},
        variant="three breeds",
        graded_at=clock.now(),
    )
    return run


def test_the_lab_and_the_run_say_which_variant_they_stand_on(client, ada, run):
    client.force_login(ada)
    lab = client.get(reverse("lab", args=("cam",))).content.decode()
    assert "Graded here with three breeds" in lab
    page = client.get(reverse("run", args=(run.pk,))).content.decode()
    assert "<dt>Graded with</dt><dd>three breeds</dd>" in page


def test_maps_are_shown_on_their_photos_and_both_metrics_beside_each_other(client, ada, run):
    client.force_login(ada)
    page = client.get(reverse("run", args=(run.pk,))).content.decode()
    assert "Where it points" in page
    assert page.count("points at <b>") == 2
    assert "<dt>Area under the curve over pixels</dt><dd>0.9012</dd>" in page
    assert "Return probabilities" not in page
    picture = client.get(reverse("run-worst", args=(run.pk, 0)))
    assert picture["Content-Type"] == "image/png"


def test_a_result_of_another_variant_stands_beside_nothing(client, ada, run):
    run.lab.variant = "37 breeds"
    run.lab.spread = [{"file": "baseline.py", "seeds": 5, "mean": 0.7, "sd": 0.01}]
    run.lab.save()
    client.force_login(ada)
    page = client.get(reverse("run", args=(run.pk,))).content.decode()
    assert "three breeds" in page
    assert "own files" not in page
    lab = client.get(reverse("lab", args=("cam",))).content.decode()
    assert "Nobody has a graded run here yet." in lab
    shown = client.get(f"/api/v1/labs/{run.lab.slug}/").json()
    assert shown["variant"] == "37 breeds"
    assert client.get(f"/api/v1/runs/{run.pk}/").json()["variant"] == "three breeds"
