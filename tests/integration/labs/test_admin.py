"""What operators can do with runs in the admin."""

import pytest
from django.test import Client

from labs.domain.runs import State
from labs.models import Regrading, Run
from studyhub.accounts.models import User
from tests.lab_runs import graded_run, make_lab

LABS = "/admin/labs/lab/"
RUNS = "/admin/labs/run/"


@pytest.fixture
def operator(db) -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("op"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_an_operator_stops_the_chosen_runs(operator, ada, hand_in):
    chosen, other = hand_in(ada), hand_in(ada)
    told = operator.post(RUNS, {"action": "stop", "_selected_action": [chosen.pk]}, follow=True)
    assert "1 run was asked to stop." in told.content.decode()
    assert Run.objects.get(pk=chosen.pk).state == State.CANCELLED
    assert Run.objects.get(pk=other.pk).state == State.QUEUED


def test_an_operator_runs_a_learners_file_again(operator, ada, hand_in):
    run = hand_in(ada, seed=7)
    told = operator.post(RUNS, {"action": "run_again", "_selected_action": [run.pk]}, follow=True)
    assert f"Run {run.pk} was queued again." in told.content.decode()
    again = Run.objects.get(repeats=run)
    assert (again.user, again.seed, again.asked_by.username) == (ada, 7, "op")


def test_a_run_of_a_retired_lab_is_refused_with_the_reason(operator, ada, hand_in, lab, clock):
    run = hand_in(ada)
    lab.retired_at = clock()
    lab.save()
    told = operator.post(RUNS, {"action": "run_again", "_selected_action": [run.pk]}, follow=True)
    assert f"Run {run.pk}: There is no lab {lab.slug}." in told.content.decode()
    assert not Run.objects.filter(repeats=run).exists()


def test_an_operator_has_one_run_or_all_of_a_lab_graded_again(operator, ada):
    digits = make_lab()
    run = graded_run(ada, digits, 0.97)
    chosen = {"action": "grade_again", "_selected_action": [run.pk]}
    told = operator.post(RUNS, chosen, follow=True).content.decode()
    assert f"Run {run.pk} is graded again." in told
    chosen = {"action": "grade_again", "_selected_action": [digits.pk]}
    told = operator.post(LABS, chosen, follow=True).content.decode()
    assert "Ten digits: all graded runs are graded again." in told
    asked = Regrading.objects.order_by("pk").values_list("run", "lab", "asked_by__username")
    assert list(asked) == [(run.pk, digits.pk, "op"), (None, digits.pk, "op")]


def test_a_run_without_a_grade_is_not_graded_again(operator, ada, hand_in):
    run = hand_in(ada)
    chosen = {"action": "grade_again", "_selected_action": [run.pk]}
    told = operator.post(RUNS, chosen, follow=True).content.decode()
    assert f"Run {run.pk}: This run has no grade" in told
