"""Several statements for one wait."""

import pytest
from django.db import connection, transaction

from studyhub.accounts.models import User
from studyhub.base.statements import Statement, outgoing, together

pytestmark = pytest.mark.django_db

NAMES = "SELECT username FROM accounts_user WHERE username = %s"
RENAME = "UPDATE accounts_user SET username = %s WHERE username = %s"


def test_each_statement_has_its_rows_and_sees_what_those_before_it_did() -> None:
    User.objects.create_user("ada")
    before, none, after = together(
        [
            Statement(NAMES, ["ada"]),
            Statement(RENAME, ["lovelace", "ada"]),
            Statement(NAMES, ["lovelace"]),
        ]
    )
    assert (before, none, after) == ([("ada",)], [], [("lovelace",)])


def test_named_parameters_mean_the_same_in_all_statements() -> None:
    found = together(
        [
            Statement("SELECT %(a)s || %(b)s", {"a": "1", "b": "2"}),
            Statement("SELECT %(b)s || %(c)s", {"b": "2", "c": "3; DROP TABLE accounts_user"}),
        ]
    )
    assert found == [[("12",)], [("23; DROP TABLE accounts_user",)]]


@pytest.mark.parametrize("rows", [1, 500])
def test_what_is_on_its_way_is_there_when_the_block_ends_and_can_be_read_inside(rows: int) -> None:
    User.objects.create_user("ada")
    with transaction.atomic(), outgoing(rows) as out:
        if connection.vendor == "postgresql":
            out.add(RENAME, ["lovelace", "ada"])
        else:  # has no such way, and gets its statements at once
            User.objects.update(username="lovelace")
        out.flush()
        found = together([Statement(NAMES, ["lovelace"]), Statement(NAMES, ["ada"])])
        with outgoing(1) as inner:
            inner.flush()
    assert found == [[("lovelace",)], []]
    assert User.objects.get().username == "lovelace"
