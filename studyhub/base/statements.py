"""Several SQL statements for one wait: what PostgreSQL is told in few messages.

An answer to a question needs a dozen short statements. Sending each, and waiting for it, costs our
process more than what they say; joined, they cost a third (docs/adr/0025). SQLite lives in our
process, so it gets them one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections

#: For fewer rows the set-up of a pipeline costs more than it saves.
WORTH_A_PIPELINE = 50
Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """SQL with `%s` for each of its parameters, or `%(name)s` where they are a mapping."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any] = ()


def together(statements: Sequence[Statement]) -> list[Rows]:
    """The rows of each statement; none for one that gives none.

    Each sees what those before it did and what was committed when its turn came, so that a lock
    taken by the first holds for the rest. Their parameters are all sequences or all mappings, in
    which a name means the same everywhere.
    """
    connection = connections[DEFAULT_DB_ALIAS]  # looked up once: `django.db.connection` looks again
    if connection.vendor != "postgresql":
        return _one_by_one(connection, statements)
    connection.ensure_connection()
    if connection.connection.pgconn.pipeline_status:
        return _in_the_pipeline(connection, statements)
    return _in_one_message(connection, statements)


def _in_the_pipeline(connection: Any, statements: Sequence[Statement]) -> list[Rows]:
    """A pipeline takes one statement a message, but waits for all of them at once, too."""
    cursors = [connection.cursor() for _ in statements]
    with connection.connection.pipeline():
        for cursor, (sql, params) in zip(cursors, statements, strict=True):
            cursor.execute(sql, params)
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def _one_by_one(connection: Any, statements: Sequence[Statement]) -> list[Rows]:
    found = []
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            found.append(list(cursor.fetchall()) if cursor.description else [])
    return found


def _in_one_message(connection: Any, statements: Sequence[Statement]) -> list[Rows]:
    if not statements:
        return []
    found = []
    with connection.cursor() as cursor:
        cursor.execute(";\n".join(sql for sql, _ in statements), _joined(statements))
        # The driver's own cursor: Django's looks each attribute up anew, and a description is made
        # of objects for every column, where only their number is asked for.
        results = cursor.cursor
        for _ in statements:
            found.append(results.fetchall() if results.pgresult.nfields else [])
            results.nextset()
    return found


def _joined(statements: Sequence[Statement]) -> list[Any] | dict[str, Any]:
    if isinstance(statements[0].params, Mapping):
        return {name: value for _, params in statements for name, value in dict(params).items()}
    return [value for _, params in statements for value in params]


class Outgoing:
    """Statements whose rows nobody waits for, on their way to PostgreSQL."""

    def __init__(self, *, pipelined: bool) -> None:
        self.pipelined = pipelined
        self._waiting: list[Statement] = []

    def add(self, sql: str, params: Sequence[Any]) -> None:
        if self.pipelined:
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
        else:
            self._waiting.append(Statement(sql, params))

    def flush(self) -> None:
        """To be called before anything is read that a statement changes."""
        if self._waiting:
            together(self._waiting)
            self._waiting = []


@contextmanager
def outgoing(rows: int) -> Iterator[Outgoing]:
    """For writing about so many rows inside a transaction; all is sent when the block ends.

    Many rows go through a pipeline: PostgreSQL writes them, and checks their keys, while we go on.
    A few wait and go in one message.
    """
    if connection.vendor != "postgresql" or rows < WORTH_A_PIPELINE:
        writing = Outgoing(pipelined=False)
        yield writing
        writing.flush()
        return
    with connection.connection.pipeline(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield Outgoing(pipelined=True)
