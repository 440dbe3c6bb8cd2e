"""What the pool learns of a connection before it is used again."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from studyhub.base.connection import Connection
from tests.servers import postgres_url

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def address() -> str:
    return postgres_url()


@pytest.fixture
def pool(address: str) -> Iterator[ConnectionPool[Connection]]:
    with ConnectionPool(
        address,
        connection_class=Connection,
        kwargs={"autocommit": True},
        check=ConnectionPool.check_connection,
        min_size=1,
        max_size=1,
    ) as made:
        yield made


def number(connection: Connection) -> int:
    return connection.info.backend_pid


def test_a_connection_that_lives_is_used_again(pool: ConnectionPool[Connection]) -> None:
    with pool.connection() as first:
        before = number(first)
    with pool.connection() as again:
        assert number(again) == before
        assert again.execute("SELECT 1").fetchone() == (1,)


def test_one_that_the_server_ended_is_replaced_before_it_is_used(
    pool: ConnectionPool[Connection], address: str
) -> None:
    with pool.connection() as first:
        before = number(first)
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    with pool.connection() as next_one:
        assert number(next_one) != before
        assert next_one.execute("SELECT 1").fetchone() == (1,)


def test_one_that_was_closed_here_is_seen_to_be(address: str) -> None:
    connection = Connection.connect(address, autocommit=True)
    ConnectionPool.check_connection(connection)
    connection.close()
    with pytest.raises(psycopg.OperationalError):
        ConnectionPool.check_connection(connection)
