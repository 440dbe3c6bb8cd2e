"""The API keeps its own description: generated calls, good and bad, get what it promises."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token
from studyhub.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests leave the test's own connection open, as Django's test client sees to."""
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    yield
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


@pytest.fixture
def token(one_connection: None, shipped_course: None) -> str:
    """Ada's, on a site with the course and its labs."""
    _, secret = issue_device_token(User.objects.create_user("ada"), "phone")
    return f"Token {secret}"


@schema.parametrize()
@examples(max_examples=8, suppress_health_check=list(HealthCheck))
def test_a_generated_call_is_answered_as_described(case: schemathesis.Case, token: str):
    reply = case.call(headers={"Authorization": token})
    case.validate_response(reply, checks=[not_a_server_error, response_schema_conformance])
