"""The one place that reads the wall clock; views, tasks and commands call it and pass it on."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in `datetime.timezone.utc`."""
    return datetime.now(UTC)
