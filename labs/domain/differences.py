"""What changed between two uploads, as a unified diff."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

CONTEXT = 3
# Both sides are hostile, and difflib may take the square of their lines.
LONGEST_FILE = 1_500
MOST_LINES = 3_000
_LONGEST_LINE = 1_000


class Kind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    PLACE = "place"  # the line "@@ -1,4 +1,5 @@" above a group of changes


@dataclass(frozen=True)
class Line:
    """`before` and `after` are line numbers from 1, None where that file has no such line."""

    kind: Kind
    text: str
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class FileDiff:
    """One file that differs. `note` says why no lines are shown: "binary" or "too long"."""

    name: str
    status: str  # added, removed, changed
    added: int
    removed: int
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True)
class Diff:
    """Files that differ, by name. `cut`: more lines changed than are shown."""

    files: tuple[FileDiff, ...]
    cut: bool = False

    @property
    def identical(self) -> bool:
        return not self.files

    @property
    def text(self) -> str:
        """The same as `diff -u` writes it."""
        signs = {Kind.SAME: " ", Kind.ADDED: "+", Kind.REMOVED: "-", Kind.PLACE: ""}
        parts = []
        for file in self.files:
            parts += [f"--- a/{file.name}", f"+++ b/{file.name}"]
            parts += [f"# {file.note}"] if file.note else []
            parts += [signs[line.kind] + line.text for line in file.lines]
        return "".join(f"{part}\n" for part in parts)


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Diff:
    """Both are files by path, as `labs.domain.uploads.Solution` has them."""
    files: list[FileDiff] = []
    room = MOST_LINES
    cut = False
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        status = "added" if old is None else "removed" if new is None else "changed"
        changed = _file(name, status, old or b"", new or b"")
        cut = cut or len(changed.lines) > room
        shown = changed.lines[:room]
        room -= len(shown)
        files.append(
            FileDiff(name, status, changed.added, changed.removed, shown, note=changed.note)
        )
    return Diff(tuple(files), cut)


def _file(name: str, status: str, old: bytes, new: bytes) -> FileDiff:
    try:
        before, after = old.decode().splitlines(), new.decode().splitlines()
    except UnicodeDecodeError:
        return FileDiff(name, status, 0, 0, (), note="binary")
    if max(len(before), len(after)) > LONGEST_FILE:
        return FileDiff(name, status, 0, 0, (), note="too long")
    lines = tuple(_lines(before, after))
    return FileDiff(
        name,
        status,
        added=sum(line.kind is Kind.ADDED for line in lines),
        removed=sum(line.kind is Kind.REMOVED for line in lines),
        lines=lines,
    )


def _lines(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    found: list[Line] = []
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        place = f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@"
        found.append(Line(Kind.PLACE, place))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    Line(Kind.SAME, _short(before[i]), i + 1, j1 + i - i1 + 1)
                    for i in range(i1, i2)
                ]
                continue
            found += [Line(Kind.REMOVED, _short(before[i]), i + 1) for i in range(i1, i2)]
            found += [Line(Kind.ADDED, _short(after[j]), None, j + 1) for j in range(j1, j2)]
    return found


def _span(begin: int, end: int) -> str:
    """First line and count, as `patch` reads them: no lines stand after the line `begin`."""
    return f"{begin + 1 if end > begin else begin},{end - begin}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
