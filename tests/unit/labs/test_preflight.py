"""What is said about an upload before it is queued."""

import io
import json
import zipfile

import pytest

from labs.domain.refusals import UploadRefused
from labs.domain.uploads import Upload, unpack
from labs.services.checking import _findings, accept, installed

GOOD = "def train(data, run): ...\ndef predict(model, inputs, run): ...\n"


def module(code: str, name: str = "solution.py") -> Upload:
    return Upload(name, code.encode())


def notebook(*cells: str) -> Upload:
    found = [{"cell_type": "code", "source": cell} for cell in cells]
    return Upload("work.ipynb", json.dumps({"cells": found}).encode())


def archive(**files: str) -> Upload:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, code in files.items():
            zipped.writestr(f"{name}.py", code)
    return Upload("work.zip", packed.getvalue())


def found(upload: Upload) -> list[tuple[str, bool]]:
    return [(one.message, one.certain) for one in _findings(unpack(upload), upload.name)]


@pytest.mark.parametrize(
    "line",
    [
        "import numpy as np",
        "import os.path, json",
        "from torch import nn",
        "from sklearn.svm import SVC",
        "from labs.kit import lr_find",
        "from labs import kit",
        "import labs.kit.cam",
        "from __future__ import annotations",
    ],
)
def test_what_is_there_is_no_finding(line):
    assert found(module(f"{line}\n{GOOD}")) == []


def test_an_import_that_is_not_there_is_told_with_its_line_and_what_is():
    with pytest.raises(UploadRefused) as refused:
        accept(module(f"import numpy\nimport tensorflow as tf\n{GOOD}"))
    assert refused.value.message == "solution.py, line 2: tensorflow is not there."
    assert refused.value.reason == "missing_import"
    assert "numpy" in refused.value.cure
    assert "labs.kit" in refused.value.cure


def test_a_misspelt_import_is_guessed():
    with pytest.raises(UploadRefused, match="Did you mean pandas?"):
        accept(module(f"import panda\n{GOOD}"))


@pytest.mark.parametrize("name", ["studyhub", "quizzes.models", "labs.models", "manage", "tests"])
def test_the_sites_own_code_is_not_there(name):
    with pytest.raises(UploadRefused, match="is not there"):
        accept(module(f"import {name}\n{GOOD}"))


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import tensorflow\nexcept ImportError:\n    tensorflow = None\n",
        "def later():\n    import tensorflow\n",
        "if False:\n    import tensorflow\n",
    ],
)
def test_an_import_that_may_never_happen_is_a_warning(code):
    upload = module(code + GOOD)
    assert [certain for _, certain in found(upload)] == [False]
    accept(upload)


def test_modules_of_a_zip_may_import_each_other():
    upload = archive(
        solution="import nets\nfrom nets import Net\nfrom . import other\n" + GOOD,
        nets="import numpy\nclass Net: ...\n",
        other="",
    )
    assert found(upload) == []


def test_a_module_that_perhaps_nobody_imports_is_only_warned_of():
    upload = archive(solution=GOOD, old="import tensorflow\n", broken="def (:\n")
    assert [certain for _, certain in found(upload)] == [False, False]
    accept(upload)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(UploadRefused) as refused:
        accept(module("import tensorflow\nimport jax\ndef train(data): ...\n"))
    assert len(refused.value.errors["file"]) == 4


def test_a_line_of_a_notebook_is_named_by_its_cell():
    with pytest.raises(UploadRefused, match=r"cell 2, line 3: "):
        accept(notebook("%matplotlib inline\nx = 1", "y = 2\n\ndef (:", GOOD))
    with pytest.raises(UploadRefused, match=r"cell 3, line 1: jax is not there"):
        accept(notebook("x = 1", "y = 2", "import jax", GOOD))


def test_cells_are_counted_as_in_the_notebook_where_only_some_are_exported():
    with pytest.raises(UploadRefused, match=r"cell 3, line 2: jax"):
        accept(notebook("import nothing", f"#| export\n{GOOD}", "#| export\nimport jax"))


def test_cells_that_will_not_run_are_counted_and_keep_nothing_out():
    told = found(notebook("x = 1", "y = 2", f"#| export\n{GOOD}"))
    assert told == [("2 code cells of the notebook will not run.", False)]


def test_a_notebook_that_imports_too_much_learns_how_to_leave_cells_out():
    with pytest.raises(UploadRefused) as refused:
        accept(notebook("import jax", GOOD))
    assert "start those that count with `#| export`" in refused.value.cure
    with pytest.raises(UploadRefused) as refused:
        accept(module(f"import jax\n{GOOD}"))
    assert "export" not in refused.value.cure


def test_what_is_offered_is_really_there():
    assert {"numpy", "pandas", "sklearn", "torch", "labs.kit"} <= set(installed())


@pytest.mark.parametrize("name", ["a" * 50_000, "\u00e9t\u00e9", "__main__", "nt", "_", "site"])
def test_strange_names_are_looked_for_without_harm(name):
    found(module(f"import {name}\n{GOOD}"))
