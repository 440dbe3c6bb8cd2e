"""What tests with a database share."""

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Drops the token table that knox makes though ours takes its place.

    No model stands for it, so PostgreSQL refuses to empty `accounts_user` between tests that need
    real transactions: the forgotten table still refers to it.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS knox_authtoken")
