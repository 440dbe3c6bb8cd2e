"""Requests that are too large are refused before they are received."""

import asyncio
import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studyhub.api.bodies import LIMITS, bounded

CHECKOUT = Path(__file__).resolve().parents[3]
LIMIT = LIMITS["api-submissions"]
ADDRESS = "/api/v1/labs/threes/submissions/"


class Unread(io.BytesIO):
    """A body that must not be touched."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize(
    "path",
    [ADDRESS, "/api/v1/labs/threes/check/", "/labs/threes/hand-in/", "/labs/threes/check/"],
)
def test_by_its_length_and_without_reading_a_byte(client, db, path):
    answer = client.generic(
        "POST",
        path,
        b"",
        content_type="multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(LIMIT + 1), "wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert answer["Connection"] == "close"


def test_a_length_beyond_all_numbers_is_a_large_one(client, db):
    answer = client.generic("POST", ADDRESS, b"", CONTENT_LENGTH="9" * 5_000)
    assert answer.status_code == 413


def test_an_address_that_takes_no_upload_is_left_to_its_own_rules(client, db):
    answer = client.generic("POST", "/api/v1/events/", b"", CONTENT_LENGTH=str(LIMIT + 1))
    assert answer.status_code != 413


def call(path: str, chunks: list[bytes], headers=()) -> tuple[list[dict], int]:
    """What an ASGI application behind the limit answers, and how many chunks were taken."""
    sent: list[dict] = []
    taken = 0

    async def application(scope, receive, send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict:
        nonlocal taken
        taken += 1
        more = taken < len(chunks)
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": more}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": list(headers)}
    asyncio.run(bounded(application)(scope, receive, send))
    return sent, taken


def test_a_body_without_a_length_is_counted_as_it_comes():
    chunk = b"x" * 1_000_000
    sent, taken = call(ADDRESS, [chunk] * 100)
    assert sent[0]["status"] == 413
    assert taken == LIMIT // 1_000_000 + 1


def test_a_body_that_fits_passes():
    sent, taken = call(ADDRESS, [b"x" * 1_000_000] * 3)
    assert (sent[0]["status"], taken) == (200, 3)


def test_a_length_that_is_too_large_is_enough():
    sent, taken = call(ADDRESS, [b"x"], headers=[(b"content-length", b"999999999")])
    assert (sent[0]["status"], taken) == (413, 0)


def test_other_addresses_are_not_counted():
    sent, _ = call("/nowhere/", [b"x" * 10_000_000] * 2)
    assert sent[0]["status"] == 200


@pytest.mark.slow
def test_the_server_answers_before_the_body_is_sent_and_closes(tmp_path):
    """The server that `make up` starts, with a request that promises half a gigabyte."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws",
            "studyhub.wsgi:application",
        ],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "STUDYHUB_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "studyhub.settings",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        connection = connect(port)
        with connection:
            head = (
                f"POST {ADDRESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500000000\r\n\r\n"
            )
            connection.sendall(head.encode())
            assert connection.recv(4_096).startswith(b"HTTP/1.1 413")
            with pytest.raises(OSError):
                send_all(connection, 200_000_000)
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def send_all(connection: socket.socket, size: int) -> None:
    for _ in range(size // 100_000):
        connection.sendall(b"x" * 100_000)


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            found = socket.create_connection(("127.0.0.1", port))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            found.settimeout(30)
            return found
