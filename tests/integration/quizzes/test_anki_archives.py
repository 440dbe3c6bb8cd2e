"""Zip files that are odd or lie: imported right, or refused with a cure and nothing left behind."""

import struct
import zipfile
from io import BytesIO

import pytest

from content.models import Deck, Media, Note, Prompt
from quizzes.domain.errors import PackageInvalid, PackageTooLarge
from quizzes.models import Card, DeckImport, ReviewEventRow
from quizzes.services.anki import import_package
from quizzes.services.imports import begin_import, run_import
from studyhub.base.clock import now
from tests.integration.quizzes.packages import Made, package
from tests.integration.quizzes.test_anki_import import LATER, PNG

pytestmark = pytest.mark.django_db
LINK, FOLDER, PLAIN = 0o120777, 0o040755, 0o100644
COLLECTION = {False: "collection.anki2", True: "collection.anki21b"}
CENTRAL, LAST, WIDE_LAST, LOCATOR = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(tmp_path, ada):
    def run(data: bytes):
        path = tmp_path / "package"
        path.write_bytes(data)
        return import_package(ada, path, now=LATER)

    return run


def made(modern: bool = False) -> bytes:
    one = Made(media={"a.png": PNG})
    one.notes[0][6] = '<img src="a.png">\x1fBecause.'
    return package(one, modern)


def rewritten(data: bytes, change=lambda info, data: [(info, data)], **options) -> bytes:
    """The package written anew; `change` gives what becomes of each member."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            for new, content in change(info, source.read(info)):
                with target.open(new, "w", **options) as member:
                    member.write(content)
    return out.getvalue()


def member(name: str, mode: int = PLAIN) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def instead(name: str, *others: tuple[zipfile.ZipInfo, bytes]):
    """A change of one member into these, or with none into nothing."""
    return lambda info, data: list(others) if info.filename == name else [(info, data)]


def spoiled(data: bytes, name: str, at: int, value: int) -> bytes:
    """The package with another 32-bit number `at` bytes into that member's directory entry."""
    start = -1
    while True:
        start = data.index(CENTRAL, start + 1)
        length = struct.unpack_from("<H", data, start + 28)[0]
        if data[start + 46 : start + 46 + length] == name.encode():
            break
    changed = bytearray(data)
    struct.pack_into("<L", changed, start + at, value)
    return bytes(changed)


def with_wide_records(data: bytes, directory: int | None = None) -> bytes:
    """The package with the last records of 64 bits, as large or careful writers add them."""
    at = data.rfind(LAST)
    entries, size, offset = struct.unpack_from("<HLL", data, at + 10)
    wide = WIDE_LAST + struct.pack(
        "<QHHLLQQQQ", 44, 45, 45, 0, 0, entries, entries, directory or size, offset
    )
    last = LAST + struct.pack("<HHHHLLH", 0, 0, *[0xFFFF] * 2, *[0xFFFF_FFFF] * 2, 0)
    return data[:at] + wide + LOCATOR + struct.pack("<LQL", 0, at, 1) + last


def nothing_is_left() -> bool:
    tables = (Note, Card, ReviewEventRow, Media)
    own = any(table.objects.exclude(owner=None).exists() for table in (Prompt, Deck))
    return not own and not any(table.objects.exists() for table in tables)


@pytest.mark.parametrize("modern", [False, True])
def test_a_package_in_the_form_for_huge_files_is_imported(bring, modern):
    wide = rewritten(made(modern), force_zip64=True)
    assert bring(with_wide_records(wide)).cards["created"] == 2
    assert bring(wide).cards["unchanged"] == 2
    assert Media.objects.count() == 1


def test_a_directory_that_claims_to_be_huge_in_64_bits_is_refused(bring):
    with pytest.raises(PackageTooLarge, match="too many files"):
        bring(with_wide_records(made(), 2**40))
    assert nothing_is_left()


@pytest.mark.parametrize("mode", [LINK, FOLDER])
@pytest.mark.parametrize("modern", [False, True])
def test_a_collection_that_is_a_link_or_a_folder_is_refused(bring, modern, mode):
    name = COLLECTION[modern]
    change = instead(name, (member(name, mode), b"/etc/passwd"))
    with pytest.raises(PackageInvalid, match="no plain file") as refused:
        bring(rewritten(made(modern), change))
    assert refused.value.cure
    assert nothing_is_left()


def test_a_picture_that_is_a_link_is_left_out_and_said(bring):
    report = bring(rewritten(made(), instead("0", (member("0", LINK), b"/etc/passwd"))))
    assert report.cards["created"] == 2
    assert "no plain file" in report.left_out[0]["why"]
    assert not Media.objects.exists()


def test_folders_in_a_package_do_not_matter(bring):
    change = instead("media", (member("0/", FOLDER), b""), (member("media"), b'{"0": "a.png"}'))
    assert bring(rewritten(made(), change)).media == 1


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["collection.anki2", "media"])
def test_a_part_that_comes_twice_is_refused(bring, name):
    change = instead(name, (member(name), b"{}"), (member(name), b"{}"))
    with pytest.raises(PackageInvalid, match="comes twice"):
        bring(rewritten(made(), change))
    assert nothing_is_left()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_picture_that_comes_twice_is_left_out_and_said(bring):
    change = instead("0", (member("0"), PNG), (member("0"), PNG + b"other"))
    report = bring(rewritten(made(), change))
    assert (report.cards["created"], report.media) == (2, 0)
    assert "comes twice" in report.left_out[0]["why"]


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("what", ["collection", "media", "0"])
@pytest.mark.parametrize(
    ("at", "value"),
    [
        (8, 1),  # encrypted
        (16, 12345),  # another checksum
        (20, 3),  # takes less room than it does
        (20, 2**31),  # takes more room than the file has
        (24, 3),  # unpacks to less
        (42, 2**31),  # lies behind the end
        (42, 1),  # lies where no member begins
    ],
)
def test_a_part_that_is_locked_or_lied_about_is_refused_whole(bring, modern, what, at, value):
    name = COLLECTION[modern] if what == "collection" else what
    with pytest.raises(PackageInvalid) as refused:
        bring(spoiled(made(modern), name, at, value))
    assert "Export it" in refused.value.cure
    assert nothing_is_left()


def test_a_part_that_claims_to_unpack_to_more_than_all_memory_is_read_as_it_is(bring):
    try:
        bring(spoiled(made(), "collection.anki2", 24, 2**32 - 2))
    except (PackageInvalid, PackageTooLarge):
        assert nothing_is_left()
    else:
        assert Card.objects.count() == 2


def test_a_worker_that_meets_such_a_package_tells_the_learner(ada, monkeypatch):
    monkeypatch.setattr("quizzes.services.imports.send_import_after_commit", lambda _: None)
    row = begin_import(ada, [spoiled(made(), "0", 8, 1)], "deck.apkg", now=now())
    run_import(row.pk, clock=now)
    row.refresh_from_db()
    assert row.state == DeckImport.State.REFUSED
    assert "encrypted" in row.refusal["message"]
    assert nothing_is_left()
