"""Device tokens over HTTP: what they open, and what they cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studyhub.accounts.models import DeviceToken, User
from studyhub.accounts.services import issue_device_token


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada")


def asked(secret: str):
    return Client(headers={"Authorization": f"Token {secret}"}).get("/api/v1/changes/")


def test_a_token_opens_the_api_and_an_expired_one_is_refused_and_deleted(ada):
    token, secret = issue_device_token(ada, "phone")
    assert asked(secret).status_code == 200
    DeviceToken.objects.filter(pk=token.pk).update(expiry=datetime.now(UTC) - timedelta(seconds=1))
    assert asked(secret).status_code == 401
    assert not DeviceToken.objects.exists()


def test_many_devices_cost_no_more_than_one(ada, django_assert_num_queries):
    _, secret = issue_device_token(ada, "phone")
    with CaptureQueriesContext(connection) as alone:
        asked(secret)
    assert sum("devicetoken" in query["sql"] for query in alone.captured_queries) == 1
    for number in range(5):
        issue_device_token(ada, f"device {number}")
    with django_assert_num_queries(len(alone)):
        asked(secret)


def test_one_who_left_is_refused(ada):
    _, secret = issue_device_token(ada, "phone")
    User.objects.update(is_active=False)
    assert asked(secret).status_code == 401
