"""Small courses to spoil: the one of content/README.md, and edits of its files."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "content" / "README.md"
FILE = re.compile(
    r"^`(?P<name>[\w./-]+\.(?:toml|tsv|md|svg))`[^\n]*(?:\n(?!`{3})[^\n]*)*?\n\n"
    r"(?P<marks>`{3,})\w*\n(?P<text>.*?)\n(?P=marks)$",
    re.MULTILINE | re.DOTALL,
)


def example_files() -> dict[str, str]:
    """The files of the README's example by path."""
    text = README.read_text(encoding="utf-8")
    return {match["name"]: match["text"] + "\n" for match in FILE.finditer(text)}


class CourseFolder:
    """The example on disk; `edit` replaces text in a file and insists that it was there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, text in example_files().items():
            self.write(name, text)

    def write(self, name: str, text: str | bytes) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def line(self, name: str, text: str) -> int:
        """The number of the first line that contains `text`."""
        lines = self.read(name).split("\n")
        return next(n for n, line in enumerate(lines, start=1) if text in line)
