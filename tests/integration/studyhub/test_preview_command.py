"""`manage.py preview` as an author types it: one process, this machine only, no database."""

import re
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.previews import previewing, start
from tests.site import free_port, wait_for
from tests.unit.content.courses import CourseFolder

NOTES = "01-pixels/notes.md"


@pytest.fixture
def course(tmp_path: Path) -> CourseFolder:
    return CourseFolder(tmp_path / "course")


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as reply:
        return str(reply.read().decode())


def test_a_save_reaches_the_open_page(course: CourseFolder, tmp_path: Path) -> None:
    with previewing(tmp_path, str(course.path), "--port", "0") as (address, _):
        text = get(f"{address}chapters/pixels/")
        assert "A stack of pictures" in text
        assert "Traceback" not in text
        version = re.search('data-version="([^"]+)"', text)
        assert version
        with urllib.request.urlopen(f"{address}preview/events/", timeout=20) as events:
            assert events.readline().decode() == f"data: {version[1]}\n"
            events.readline()
            course.edit(NOTES, "A stack of pictures", "One stack of pictures")
            assert events.readline().startswith(b"data: ")
        text = get(f"{address}chapters/pixels/")
        assert "One stack of pictures" in text
        assert version[1] not in text
        sheet = re.search('href="(/static/studyhub/preview[^"]*css)"', text)
        assert sheet
        assert ".finding" in get(address.rstrip("/") + sheet[1])


def test_it_listens_on_this_machine_alone(course: CourseFolder, tmp_path: Path) -> None:
    port = free_port()
    with previewing(tmp_path, str(course.path), "--port", str(port)) as (address, process):
        assert address == f"http://127.0.0.1:{port}/"
        open_to = psutil.Process(process.pid).net_connections("inet")
        assert {tuple(entry.laddr) for entry in open_to} == {("127.0.0.1", port)}


def test_the_folder_of_a_chapter_opens_that_chapter(course: CourseFolder, tmp_path: Path) -> None:
    with previewing(tmp_path, str(course.path / "01-pixels"), "--port", "0") as (address, _):
        assert address.endswith("/chapters/pixels/")
        assert "A stack of pictures" in get(address)


def test_a_port_in_use_and_a_missing_folder_are_sentences(
    course: CourseFolder, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for arguments, said in (
            ([str(course.path), "--port", str(port)], f"Port {port} cannot be used"),
            ([str(tmp_path / "gone")], "There is no folder"),
        ):
            process = start(tmp_path, *arguments)
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 1
            assert said in out
            assert "Traceback" not in out


def test_it_ends_at_once_when_asked(course: CourseFolder, tmp_path: Path) -> None:
    with previewing(tmp_path, str(course.path), "--port", "0") as (_, process):
        process.send_signal(2)
        wait_for(lambda: process.poll() is not None, 20.0, "it does not end")
        assert process.returncode == 0
