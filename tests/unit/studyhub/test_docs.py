"""What the documents promise is there: variables, commands, links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_variable_that_is_read_is_listed_in_the_example():
    files = ("settings.py", "checks.py", "up.py", "lab_workers.py")
    sources = [ROOT / "studyhub" / name for name in files]
    read = {
        name
        for source in sources
        for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source.read_text())
    }
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == listed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path):
    prose = re.sub(r"`[^`\n]*`", "", document.read_text())
    targets = re.findall(r"\]\(([^)#]+)", prose)
    missing = [
        target
        for target in targets
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_that_are_named_exist(document: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", document.read_text()))
    assert named <= targets
