"""The connection to PostgreSQL that the pool hands out."""

import select
from typing import Any

import psycopg


class Connection(psycopg.Connection[Any]):
    """Before each use the pool sends an empty query to find out whether the server is still there.

    A look at the socket tells that without a message and a wait: nothing is there to be read while
    nothing was asked, unless the server has said goodbye or hung up. Then the query is sent, and
    fails, and the pool takes another connection.
    """

    def execute(self, query: Any, *args: Any, **options: Any) -> psycopg.Cursor[Any]:
        if query == "" and self._quiet():
            return self.cursor()
        return super().execute(query, *args, **options)

    def _quiet(self) -> bool:
        if self.closed or self.broken:
            return False
        readable, _, failed = select.select([self.pgconn.socket], [], [self.pgconn.socket], 0)
        return not readable and not failed
