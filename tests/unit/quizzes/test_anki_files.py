"""What is no Anki package, or a hostile one, is refused with a cure; nothing else comes of it."""

import sqlite3
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizzes.anki import wire
from quizzes.anki.archive import Package, problem_with_name
from quizzes.anki.collection import opened
from quizzes.anki.limits import Limits, MiB
from quizzes.anki.rows import Findings
from quizzes.domain.errors import PackageInvalid, PackageTooLarge, PackageTooNew, QuizzesError
from tests.integration.quizzes.packages import CARD, MODEL, NOTE, Made, collection, model, package


def read(data: bytes, tmp_path: Path, limits: Limits | None = None) -> tuple[Findings, dict]:
    """Reads all of a package, as an import does; gives what was left out and the counts."""
    path = tmp_path / "package"
    path.write_bytes(data)
    limits, findings = limits or Limits(), Findings()
    with Package(path, limits) as found, opened(found, findings, limits) as held:
        for medium in found.media(findings):
            for _ in found.unpack_medium(medium):
                pass
        for batch in held.note_batches():
            cards = held.cards_of(batch)
            held.reviews_of(card.id for some in cards.values() for card in some)
        return findings, dict(held.counts)


def cure_of(data: bytes, tmp_path: Path) -> str:
    """What the refusal says to do; "none needed" where there was none."""
    try:
        read(data, tmp_path)
    except QuizzesError as refused:
        return refused.cure
    return "none needed"


def whys(findings: Findings) -> str:
    return "; ".join(findings.counts)


def zipped(**members: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name.replace("__", "."), data)
    return out.getvalue()


@pytest.mark.parametrize("modern", [False, True])
def test_a_good_package_is_read_whole(tmp_path, modern):
    made = Made(media={"a.png": b"\x89PNG", "ü ü.mp3": b"ID3"})
    findings, counts = read(package(made, modern), tmp_path)
    assert counts == {"notes": 1, "cards": 2, "revlog": 3}
    assert not findings.counts


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_package_is_refused(tmp_path, modern, share):
    data = package(Made(), modern)
    with pytest.raises(PackageInvalid, match="Export it"):
        read(data[: int(len(data) * share)], tmp_path)


NO_PACKAGES = {
    "nothing": b"",
    "a cut zip": b"PK\x03\x04",
    "no zip": b"hello",
    "no collection": zipped(other=b"1"),
    "no database": zipped(collection__anki2=b"no database"),
    "a broken database": zipped(collection__anki2=b"SQLite format 3\x00" + b"\xff" * 5000),
    "a format without its database": zipped(meta=wire.put_whole(1, 3), collection__anki2=b"x"),
    "a broken format": zipped(meta=b"\xff\xff\xff", collection__anki2=b"x"),
    "no zstd": zipped(meta=wire.put_whole(1, 3), collection__anki21b=b"not zstd"),
    "a broken media list": zipped(collection__anki2=collection(Made()), media=b"{broken"),
    "a media list too deep": zipped(collection__anki2=collection(Made()), media=b"[" * 100_000),
    "no format": zipped(meta=b"", collection__anki2=collection(Made()), media=b"{}"),
}


@pytest.mark.parametrize("data", NO_PACKAGES.values(), ids=NO_PACKAGES.keys())
def test_what_is_no_package_is_refused_with_a_cure(tmp_path, data):
    with pytest.raises(PackageInvalid) as refused:
        read(data, tmp_path)
    assert refused.value.cure


def test_what_a_later_anki_wrote_is_refused_as_such(tmp_path):
    with pytest.raises(PackageTooNew, match="older Anki"):
        read(zipped(meta=wire.put_whole(1, 4), collection__anki21c=b""), tmp_path)
    with pytest.raises(PackageTooNew, match="schema 19"):
        read(package(Made(version=19)), tmp_path)


class TestBombs:
    small = Limits(free=1 * MiB, ratio=50, collection=8 * MiB, media_file=4 * MiB)

    def test_a_zip_that_grows_beyond_measure(self, tmp_path):
        bomb = zipped(collection__anki2=b"SQLite format 3\x00" + bytes(7 * MiB))
        with pytest.raises(PackageTooLarge):
            read(bomb, tmp_path, self.small)

    def test_a_zstd_that_grows_beyond_measure(self, tmp_path):
        packed = zstandard.ZstdCompressor(level=19).compress(bytes(64 * MiB))
        bomb = zipped(meta=wire.put_whole(1, 3), collection__anki21b=packed)
        with pytest.raises(PackageTooLarge):
            read(bomb, tmp_path, self.small)

    def test_a_window_that_would_take_all_memory(self, tmp_path):
        parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
        packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        packed = packer.compress(b"SQLite format 3\x00" + bytes(1000)) + packer.flush()
        bomb = zipped(meta=wire.put_whole(1, 3), collection__anki21b=packed)
        with pytest.raises((PackageInvalid, PackageTooLarge)):
            read(bomb, tmp_path)

    def test_too_many_members(self, tmp_path):
        many = zipped(collection__anki2=collection(Made()), **{f"m{n}": b"" for n in range(50)})
        with pytest.raises(PackageTooLarge, match="files"):
            read(many, tmp_path, Limits(members=40))

    def test_a_directory_that_claims_to_be_huge(self, tmp_path):
        data = bytearray(package(Made()))
        at = data.rfind(b"PK\x05\x06")
        struct.pack_into("<L", data, at + 12, 2**31)
        with pytest.raises(PackageTooLarge):
            read(bytes(data), tmp_path)

    def test_a_large_file(self, tmp_path):
        with pytest.raises(PackageTooLarge):
            read(package(Made()), tmp_path, Limits(package=100))

    def test_rows_without_end(self, tmp_path):
        def many(database):
            database.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) "
                f"INSERT INTO revlog SELECT i, {CARD}, 0, 3, 1, 1, 2500, 1, 1 FROM n"
            )

        with pytest.raises(PackageTooLarge, match="rows in `revlog`"):
            read(package(Made(revlog=[]), spoil=many), tmp_path, Limits(reviews=4000))

    def test_work_without_end(self, tmp_path):
        def many(database):
            database.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) "
                f"INSERT INTO revlog SELECT i, {CARD}, 0, 3, 1, 1, 2500, 1, 1 FROM n"
            )

        with pytest.raises(PackageTooLarge, match="too long"):
            read(package(Made(revlog=[]), spoil=many), tmp_path, Limits(steps=20_000))


class TestHostileDatabases:
    @pytest.mark.parametrize(
        "script",
        [
            "DROP TABLE notes; CREATE VIEW notes AS "
            "SELECT 1 id, 'g' guid, 1 mid, 1 mod, '' tags, '' flds",
            "DROP TABLE revlog; CREATE VIRTUAL TABLE revlog USING fts5(id, cid)",
            "DROP TABLE col",
            "DROP TABLE cards",
            "ALTER TABLE cards RENAME COLUMN due TO doo",
            "DELETE FROM col",
            "UPDATE col SET crt = 'when'",
            "UPDATE col SET ver = 3",
            "UPDATE col SET models = '[]'",
            "UPDATE col SET models = '{\"a\": '",
            "UPDATE col SET decks = x'ff'",
        ],
    )
    def test_other_tables_than_anki_has_are_refused(self, tmp_path, script):
        with pytest.raises(QuizzesError) as refused:
            read(package(Made(), spoil=lambda database: database.executescript(script)), tmp_path)
        assert refused.value.cure

    def test_nothing_that_the_schema_would_compute_is_run(self, tmp_path):
        def computed(database):
            database.executescript(
                "ALTER TABLE notes RENAME TO old;"
                "CREATE TABLE notes (id INTEGER PRIMARY KEY, guid, mid, mod, tags, "
                "flds AS (hex(zeroblob(100000000))));"
                "INSERT INTO notes (id, guid, mid, mod, tags) VALUES (1, 'g', 1, 1, '');"
            )

        with pytest.raises(PackageInvalid):
            read(package(Made(), spoil=computed), tmp_path)

    def test_triggers_and_indexes_do_not_matter(self, tmp_path):
        def triggers(database):
            database.executescript(
                "CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM cards; END;"
                "CREATE INDEX i ON notes (guid) WHERE length(flds) > 0;"
            )

        assert read(package(Made(), spoil=triggers), tmp_path)[1]["cards"] == 2

    @pytest.mark.parametrize(
        ("table", "column", "value", "why"),
        [
            ("notes", "mid", "x", "note: a number is none"),
            ("notes", "mod", -5, "note: its time"),
            ("notes", "flds", b"\xff\xfe", "note: its texts"),
            ("notes", "guid", "", "note: it has no guid"),
            ("notes", "guid", "g" * 999, "note: it has no guid"),
            ("notes", "flds", "x" * 300_000, "note: it has more than"),
            ("notes", "mid", 5, "note: its note type is missing"),
            ("cards", "due", "soon", "card: a number is none"),
            ("cards", "ivl", 2**40, "card: a number is impossible"),
            ("cards", "nid", 9, "card: its note is missing"),
            ("cards", "ord", -1, "card: its template is none"),
            ("revlog", "ease", "good", "review: a number is none"),
            ("revlog", "cid", 9, "review: its card"),
            ("revlog", "id", 5, "review: its time"),
            ("revlog", "factor", 2**50, "review: a number is impossible"),
        ],
    )
    def test_a_wrong_row_is_left_out_and_said(self, tmp_path, table, column, value, why):
        def spoil(database):
            database.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT min(rowid) FROM {table})",
                (value,),
            )

        findings, _ = read(package(Made(), spoil=spoil), tmp_path)
        assert why in whys(findings)

    def test_what_comes_twice_is_taken_once(self, tmp_path):
        made = Made()
        made.notes.append([NOTE + 1, *made.notes[0][1:]])
        made.cards.append([CARD + 5, *made.cards[0][1:]])
        findings, counts = read(package(made), tmp_path)
        assert counts["notes"] == 1
        assert "guid comes twice" in whys(findings)
        assert "comes twice; the first was taken" in whys(findings)

    @pytest.mark.parametrize(
        "damage",
        [
            {"flds": []}, {"flds": "x"}, {"tmpls": [{}]}, {"tmpls": []}, {"flds": [{"name": 5}]},
            {"name": None}, {"tmpls": [{"name": "a", "qfmt": 1, "afmt": ""}]},
        ],
    )  # fmt: skip
    def test_a_damaged_note_type_leaves_its_notes_out(self, tmp_path, damage):
        findings, counts = read(package(Made(model=model(**damage))), tmp_path)
        assert counts["notes"] == 0
        assert "note type:" in whys(findings)

    def test_nul_and_half_characters_never_come_through(self, tmp_path):
        def spoil(database):
            database.execute("UPDATE notes SET flds = CAST(x'610062ff' AS TEXT)")
            database.execute("UPDATE col SET models = replace(models, 'Pair', 'P\\u0000\\ud800')")

        path = tmp_path / "package"
        path.write_bytes(package(Made(), spoil=spoil))
        with Package(path) as found, opened(found, Findings()) as held:
            [[note]] = held.note_batches()
            assert note.flds == "ab�"
            assert held.note_types[MODEL]["name"] == "P?"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..\\x", "C:\\x", "a/b.png", "", ".", "..", "a\x00.png",
     "a\u202egnp.png", "x" * 300, " a.png", "a\nb.png", "a\u200b.png"],
)  # fmt: skip
def test_a_name_that_is_a_path_or_a_trick_is_no_media_name(tmp_path, name):
    assert problem_with_name(name)
    made = Made(media={name: b"x", "good.png": b"y"})
    path = tmp_path / "package"
    path.write_bytes(package(made))
    findings = Findings()
    with Package(path) as found:
        assert [medium.name for medium in found.media(findings)] == ["good.png"]
    assert "media file:" in whys(findings)


def test_media_that_is_listed_but_missing_or_listed_twice_is_said(tmp_path):
    data = zipped(
        collection__anki2=collection(Made()),
        media=b'{"0": "a.png", "1": "a.png", "7": "gone.png"}',
        **{"0": b"first", "1": b"second"},
    )
    findings, _ = read(data, tmp_path)
    assert "comes twice" in whys(findings)
    assert "not in the package" in whys(findings)


PACKAGES = [package(Made(media={"a.png": b"\x89PNG"}), modern) for modern in (False, True)]
PARTS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PACKAGES), PARTS, st.booleans())
def test_a_mutated_package_is_read_or_refused_but_never_breaks(tmp_path, data, parts, cut):
    spoiled = bytearray(data)
    for share, piece in parts:
        at = int(share * len(spoiled))
        spoiled[at : at + len(piece)] = piece
    if cut:
        spoiled = spoiled[: int(parts[0][0] * len(spoiled))]
    assert cure_of(bytes(spoiled), tmp_path)


COLLECTIONS = {modern: collection(Made(), modern) for modern in (False, True)}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), PARTS)
def test_a_mutated_collection_is_read_or_refused_but_never_breaks(tmp_path, modern, parts):
    spoiled = bytearray(COLLECTIONS[modern])
    for share, piece in parts:
        at = 16 + int(share * (len(spoiled) - 16))
        spoiled[at : at + len(piece)] = piece
    assert cure_of(bytes(spoiled), tmp_path)


def test_a_schema_that_is_no_text_is_damage_too(tmp_path):
    spoiled = collection(Made()).replace(b"CREATE TABLE cards", b"CREATE TAB\x80E cards")
    assert "Check Database" in cure_of(spoiled, tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_none(data):
    try:
        wire.read(data)
    except wire.WireError:
        return


def test_our_own_reader_opens_nothing_for_writing(tmp_path):
    path = tmp_path / "package"
    data = collection(Made())
    path.write_bytes(data)
    with Package(path) as found, opened(found, Findings()) as held:
        assert held.counts["notes"] == 1
    assert path.read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir()) == ["package"]
    assert sqlite3.sqlite_version_info > (3, 31)  # `trusted_schema` is there
