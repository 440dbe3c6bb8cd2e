"""The log can be looked at by operators and changed by nobody."""

import pytest
from django.test import Client

from quizzes.models import ReviewEventRow
from quizzes.services import record_events
from studyhub.accounts.models import User
from tests.integration.quizzes.conftest import NOW, sent

BASE = "/admin/quizzes"


@pytest.fixture
def operator(chapters) -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("op"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.mark.parametrize("model", ["revieweventrow", "card", "quizattempt", "usermemory"])
def test_memory_can_be_looked_at(operator, ada, model):
    record_events(ada, [sent()], now=NOW)
    assert operator.get(f"{BASE}/{model}/").status_code == 200


def test_an_event_can_be_neither_added_changed_nor_deleted(operator, ada):
    record_events(ada, [sent()], now=NOW)
    row = ReviewEventRow.objects.get()
    assert operator.get(f"{BASE}/revieweventrow/add/").status_code == 403
    page = f"{BASE}/revieweventrow/{row.pk}"
    assert operator.get(f"{page}/change/").status_code == 200
    assert operator.post(f"{page}/change/", {"rating": 1}).status_code == 403
    assert operator.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert ReviewEventRow.objects.get().rating == 3
