"""A fresh worker's first grade does not wait for scikit-learn, and no run waits for it either."""

import subprocess
import sys
import threading
from pathlib import Path

from labs.grading.early_imports import EarlyImports
from tests.site import ROOT

_BROUGHT = """
import sys
from labs.grading.early_imports import EarlyImports
EarlyImports().start().join()
before = set(sys.modules)
from labs.grading.feedback import label_feedback
from labs.grading.metrics import METRICS
print(*sorted(set(sys.modules) - before), "sklearn.metrics" in before)
"""


def test_nothing_is_left_to_import_when_something_is_graded():
    asked = [sys.executable, "-c", _BROUGHT]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True"]


def test_a_run_that_begins_is_not_disturbed(tmp_path: Path, monkeypatch):
    reached = tmp_path / "reached"
    (tmp_path / "early_part.py").write_text(f"import os\nos.mkdir({str(reached)!r})")
    monkeypatch.syspath_prepend(tmp_path)
    imports = EarlyImports(("no_such_part", "early_part"))
    imports.hold()
    thread = imports.start()
    thread.join(0.3)
    assert not reached.exists()
    imports.go_on()
    thread.join(30)
    assert reached.exists()
    assert thread not in threading.enumerate()
