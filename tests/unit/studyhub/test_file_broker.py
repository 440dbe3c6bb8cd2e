"""The broker of plain files, as the application connects to it."""

import shutil
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from studyhub.celery import app


class Seen:
    """What lies in a folder at the moment when the message that holds this is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []

    def __json__(self) -> str:
        self.names += [path.name for path in self.folder.iterdir()]
        return "seen"


def connection(folder: Path) -> Connection:
    folders = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    options = {**folders, "control_folder": str(folder / "control")}
    return app.connection_for_write(url="filesystem://", transport_options=options)


def test_no_worker_finds_a_message_that_is_not_whole(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    with connection(tmp_path) as broker:
        channel = broker.default_channel
        channel._put("default", {"body": seen})
        assert [name for name in seen.names if name.endswith(".default.msg")] == []
        assert channel._get("default") == {"body": "seen"}
        assert list(tmp_path.glob("*.part")) == []


def test_every_message_arrives_once(tmp_path: Path) -> None:
    # A name of its own: a process remembers which queues it has bound, whatever the folder.
    with connection(tmp_path) as broker, broker.SimpleQueue(tmp_path.name) as queue:
        for number in range(3):
            queue.put({"number": number})
        got = [queue.get(timeout=5) for _ in range(3)]
        for message in got:
            message.ack()
        assert sorted(message.payload["number"] for message in got) == [0, 1, 2]


def test_a_folder_that_was_removed_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "queue"
    with connection(folder) as broker:
        folder.mkdir()
        channel = broker.default_channel
        channel._put("default", {"body": "lost"})
        shutil.rmtree(folder)
        with pytest.raises(Empty):
            channel._get("default")
        assert folder.is_dir()
        shutil.rmtree(folder)
        channel._put("default", {"body": "kept"})
        assert channel._get("default") == {"body": "kept"}
