"""What a worker does while its database is away, locked or full: it waits, and keeps its run."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

# The errors of a database that may be well again later; others are mistakes and are raised.
Away = (OperationalError, InterfaceError)
# A restart takes seconds, a failover a minute; a training may have taken hours.
LONGEST = 300.0  # seconds
_PAUSE = 0.5
Given = TypeVar("Given")
log = logging.getLogger(__name__)


def patiently(what: Callable[[], Given], *, longest: float | None = None) -> Given:
    """What `what` gives, which may be called several times, for so many seconds.

    Each call has to be a transaction of its own that may come after one whose commit was not
    confirmed; a claim's fence makes it so. Raises what it raised last, and at once within a
    transaction.
    """
    until = time.monotonic() + (LONGEST if longest is None else longest)
    while True:
        try:
            return what()
        except Away as away:
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            log.warning("The database is asked again: %s", away)
            forget_connection()
            time.sleep(_PAUSE)


def forget_connection() -> None:
    """A connection that broke stays broken, outside a request, until somebody closes it."""
    if not connection.in_atomic_block:
        connection.close()
