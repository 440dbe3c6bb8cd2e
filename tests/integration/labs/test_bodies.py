"""Requests that are too large are refused before they are received."""

import io
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studyhub.api.bodies import LIMITS

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


@pytest.mark.slow
def test_the_server_answers_long_before_the_body_is_sent_and_closes(tmp_path):
    """The server that `make up` starts, with a request that promises half a gigabyte."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--no-ws",
            "studyhub.asgi:application",
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
        with connect(port) as connection:
            head = (f"POST {ADDRESS} HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 500000000")
            connection.sendall("\r\n".join((*head, "", "")).encode())
            sent = send_until_answered(connection, most=500_000_000)
        assert sent < 50_000_000
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def send_until_answered(connection: socket.socket, *, most: int) -> int:
    """Bytes that went out before the answer came, which must be the refusal."""
    sent = 0
    while sent < most:
        if select.select([connection], [], [], 0)[0]:
            break
        try:
            connection.sendall(b"x" * 100_000)
        except (BrokenPipeError, ConnectionResetError):
            return sent  # it had closed already; its answer went with what was under way
        sent += 100_000
    assert connection.recv(4_096).startswith(b"HTTP/1.1 413")
    return sent


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
