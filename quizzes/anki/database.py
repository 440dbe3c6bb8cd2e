"""Reads a stranger's SQLite file without trusting anything in it.

Read-only and immutable, no extensions, no untrusted functions, and an authorizer that lets
nothing through but reading columns of tables we know; views, triggers and virtual tables are
never touched. A progress handler ends what would take too long. Values are taken only in the
types they must have.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quizzes.anki.limits import Limits, MiB
from quizzes.domain.errors import PackageInvalid, PackageTooLarge

TABLES = frozenset(
    [
        "col",
        "notes",
        "cards",
        "revlog",
        "notetypes",
        "fields",
        "templates",
        "decks",
        "deck_config",
        "config",
    ]
)
_SCHEMA = frozenset({"sqlite_master", "sqlite_schema"})
_VALUE_MAX = 32 * MiB
_TICK = 10_000
#: SQLite's messages quote the file, whose bytes need not be text.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
_CURE = "In Anki use Tools, Check Database; then export again."


class Database:
    """One collection, opened for reading."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._ticks = 0
        try:
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, cached_statements=0
            )
        except sqlite3.Error as problem:
            raise damaged() from problem
        try:
            self._guard()
            self.tables = self._real_tables()
        except _DAMAGE as problem:
            self._connection.close()
            raise damaged() from problem
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def rows(self, table: str, columns: str, most: int) -> Iterator[tuple[Any, ...]]:
        """All rows of a table that must be there; text comes as str, whatever it was.

        Raises PackageInvalid for a damaged file, PackageTooLarge for more than `most` rows.
        """
        if table not in self.tables:
            raise PackageInvalid(f"The collection has no table `{table}`.", cure=_CURE)
        self._ticks = 0
        try:
            for count, row in enumerate(
                self._connection.execute(f"SELECT {columns} FROM {table}"), start=1
            ):
                if count > most:
                    raise PackageTooLarge(
                        f"The collection has more than {most:,} rows in `{table}`.",
                        cure="Export single decks.",
                    )
                yield row
        except (*_DAMAGE, OverflowError, MemoryError) as problem:
            if self._ticks * _TICK > self._limits.steps:
                raise PackageTooLarge(
                    f"Reading `{table}` of the collection takes too long.",
                    cure="Export single decks.",
                ) from problem
            raise damaged() from problem

    def _guard(self) -> None:
        connection = self._connection
        connection.text_factory = _text
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_MAX)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        # Columns of schema 18 name this order; nothing here sorts by it.
        connection.create_collation("unicase", lambda a, b: (a > b) - (a < b))
        connection.set_progress_handler(self._tick, _TICK)
        connection.set_authorizer(_allowed)

    def _tick(self) -> bool:
        self._ticks += 1
        return self._ticks * _TICK > self._limits.steps

    def _real_tables(self) -> frozenset[str]:
        found = self._connection.execute("SELECT type, name, sql FROM sqlite_master LIMIT 2000")
        kinds: dict[str, list[str]] = {}
        for kind, name, sql in found:
            words = str(sql or "").split(None, 2)[:2]
            real = kind == "table" and [word.upper() for word in words] == ["CREATE", "TABLE"]
            kinds.setdefault(str(name), []).append("table" if real else "other")
        return frozenset(name for name in TABLES if kinds.get(name) == ["table"])


def _allowed(action: int, first: str | None, _: Any, __: Any, inner: str | None) -> int:
    if inner is not None:  # inside a view or a trigger
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first in TABLES | _SCHEMA:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def damaged() -> PackageInvalid:
    return PackageInvalid("The collection in this file is damaged.", cure=_CURE)


def _text(value: bytes) -> str:
    return storable(value.decode("utf-8", "replace"))


def storable(value: str) -> str:
    """Without NUL and halves of characters, which no database of ours takes."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    return value.encode("utf-8", "replace").decode()


def read_json(value: Any, what: str) -> Any:
    """Hostile JSON as plain values that can be stored. Raises PackageInvalid."""
    try:
        text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
        found = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        return _clean(found)
    except (ValueError, TypeError, RecursionError) as problem:
        raise PackageInvalid(f"The collection's {what} cannot be read.", cure=_CURE) from problem


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else 0.0


def _clean(found: Any, depth: int = 0) -> Any:
    if depth > 50:
        raise ValueError("nested too deeply")
    if isinstance(found, str):
        return storable(found)
    if isinstance(found, list):
        return [_clean(item, depth + 1) for item in found]
    if isinstance(found, dict):
        return {storable(key): _clean(value, depth + 1) for key, value in found.items()}
    return found
