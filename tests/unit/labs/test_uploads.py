"""What happens to a file before anything of it is stored or run."""

import io
import json
import stat
import zipfile

import pytest

from labs.domain.refusals import UploadRefused
from labs.domain.uploads import Upload, read_upload

GOOD = b"""\
def train(data, run):
    return 1


def predict(model, inputs, run):
    return [model]
"""


def read(name, content):
    return read_upload(Upload(name, content))


def refusal(name, content):
    with pytest.raises(UploadRefused) as caught:
        read(name, content)
    assert caught.value.cure
    return caught.value


def zipped(files, *, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def notebook(*cells):
    return json.dumps(
        {
            "nbformat": 4,
            "cells": [{"cell_type": "code", "source": source} for source in cells],
        }
    ).encode()


class TestModule:
    def test_a_module_with_both_functions_is_taken_as_it_is(self):
        assert read("anything.PY", GOOD).files == {"solution.py": GOOD}

    @pytest.mark.parametrize("name", ["solution.txt", "solution", "", "a.py.exe"])
    def test_another_kind_of_file_is_refused(self, name):
        assert refusal(name, GOOD).reason == "wrong_kind"

    def test_a_syntax_error_is_named_with_its_line(self):
        error = refusal("mine.py", b"x = 1\ndef train(data run):\n")
        assert error.reason == "syntax"
        assert "mine.py" in error.message
        assert "line 2" in error.message

    @pytest.mark.parametrize(
        "content",
        [
            b"\x89PNG\r\n\x1a\n\x00\xff",
            b"a\x00b",
            "häh".encode("latin-1"),
            b"# coding: nope\n",
            b"# coding: undefined\n",
        ],
    )
    def test_what_is_no_text_is_no_python(self, content):
        assert refusal("mine.py", content).reason == "syntax"

    @pytest.mark.parametrize("content", [b"-" * 90_000 + b"1", b"a" + b".a" * 40_000])
    def test_deep_nesting_is_refused_without_hurting_the_server(self, content):
        assert refusal("mine.py", content).reason == "syntax"

    def test_a_long_chain_of_elif_is_plain_python(self):
        chain = b"if a:\n pass\n" + b"elif b:\n pass\n" * 1_500
        assert read("mine.py", chain + GOOD).files == {"solution.py": chain + GOOD}

    @pytest.mark.parametrize("encoding", [b"punycode", b"PUNYCODE", b"idna"])
    def test_an_encoding_that_takes_seconds_to_read_is_refused_unread(self, encoding):
        error = refusal("mine.py", b"# coding: " + encoding + b"\n#a-" + b"9" * 90_000)
        assert "no encoding for a file" in error.message

    def test_the_missing_function_is_named(self):
        error = refusal("mine.py", b"def train(data, run): ...\n")
        assert error.reason == "missing_function"
        assert "does not define predict" in error.message

    @pytest.mark.parametrize(
        "content",
        [
            b"from model import train, predict\n",
            b"from model import *\n",
            b"train = predict = lambda *a: 1\n",
            b"try:\n    from fast import train\n"
            b"except ImportError:\n    def train(data, run): ...\n"
            b"if True:\n    predict = print\n",
        ],
    )
    def test_functions_may_be_bound_in_other_ways_than_def(self, content):
        assert read("mine.py", content).files == {"solution.py": content}

    def test_wrong_parameters_are_named_with_what_to_write(self):
        error = refusal("mine.py", b"def train(data): ...\ndef predict(m, i, run): ...\n")
        assert "line 1" in error.message
        assert "def train(data, run)" in error.cure

    def test_a_module_over_the_limit_is_refused(self):
        assert refusal("mine.py", GOOD + b"#" * 100_000).reason == "too_large"

    def test_an_empty_file_is_refused(self):
        assert "empty" in refusal("mine.py", b"").message


class TestArchive:
    def test_the_folder_around_everything_is_taken_off(self):
        content = zipped([("work/solution.py", GOOD), ("work/parts/net.py", b"x = 1")])
        assert read("work.zip", content).files == {"solution.py": GOOD, "parts/net.py": b"x = 1"}

    def test_leavings_of_the_system_are_left_out(self):
        content = zipped([("solution.py", GOOD), ("__MACOSX/._solution.py", b"\0"), ("a.pyc", b"")])
        assert set(read("a.zip", content).files) == {"solution.py"}

    @pytest.mark.parametrize(
        "path",
        ["../evil.py", "/etc/evil.py", "a/../../evil.py", "..\\evil.py", "C:\\evil.py", "a\nb"],
    )
    def test_paths_that_lead_elsewhere_are_refused(self, path):
        error = refusal("a.zip", zipped([("solution.py", GOOD), (path, b"")]))
        assert error.reason == "unsafe_archive"

    def test_a_path_too_long_to_be_unpacked_anywhere_is_refused(self):
        deep = "/".join(["a" * 190] * 19)
        error = refusal("a.zip", zipped([("solution.py", GOOD), (f"{deep}/x.py", b"")]))
        assert error.reason == "unsafe_archive"

    def test_a_symbolic_link_is_refused(self):
        link = zipfile.ZipInfo("data")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        assert "link" in refusal("a.zip", zipped([("solution.py", GOOD), (link, b"/etc")])).message

    def test_more_than_500_files_are_refused(self):
        files = [("solution.py", GOOD), *((f"m{i}.py", b"") for i in range(500))]
        assert "501" in refusal("a.zip", zipped(files)).message

    def test_a_bomb_is_refused(self):
        content = zipped([("solution.py", GOOD), ("zeros", bytes(60_000_000))])
        assert len(content) < 1_000_000
        assert "10 MB" in refusal("a.zip", content).message

    def test_a_bomb_that_lies_about_its_size_is_refused(self):
        content = bytearray(zipped([("solution.py", GOOD), ("zeros", bytes(60_000_000))]))
        size = (60_000_000).to_bytes(4, "little")
        while size in content:
            at = content.index(size)
            content[at : at + 4] = (10).to_bytes(4, "little")
        assert refusal("a.zip", bytes(content)).reason == "unsafe_archive"

    def test_the_same_path_twice_is_refused(self):
        with pytest.warns(UserWarning, match="Duplicate"):
            content = zipped([("solution.py", GOOD), ("solution.py", b"import os")])
        assert "twice" in refusal("a.zip", content).message

    def test_a_file_below_a_file_is_refused(self):
        content = zipped([("solution.py", GOOD), ("a", b""), ("a/b", b"")])
        assert refusal("a.zip", content).reason == "unsafe_archive"

    @pytest.mark.parametrize("content", [b"PK\x03\x04 no", b"x"])
    def test_what_is_no_zip_is_refused(self, content):
        assert refusal("a.zip", content).reason == "unsafe_archive"

    def test_a_damaged_member_is_refused(self):
        content = bytearray(zipped([("solution.py", GOOD * 50)]))
        content[60:70] = b"\xff" * 10
        assert refusal("a.zip", bytes(content)).reason == "unsafe_archive"

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_an_unusual_packing_is_refused_before_it_is_unpacked(self, method):
        content = zipped([("solution.py", GOOD)], compression=method)
        assert "unusual" in refusal("solution.zip", content).message

    def test_a_zip_without_solution_says_what_to_name_it(self):
        error = refusal("a.zip", zipped([("main.py", GOOD)]))
        assert error.reason == "missing_function"
        assert "solution.py" in error.cure

    @pytest.mark.parametrize("path", ["solution.py", "deep/er/model.py"])
    def test_modules_whose_trees_would_fill_the_machine_are_refused_unread(self, path):
        files = {"solution.py": GOOD, path: GOOD + b"x\n" * 1_000_000}
        content = zipped(list(files.items()))
        assert len(content) < 5_000
        told = refusal("a.zip", content)
        assert told.reason == "too_large"
        assert f"{path} in the zip is 2,001 kB large; at most 100 kB are allowed." in told.message

    def test_a_zip_over_one_megabyte_is_refused(self):
        content = zipped([("solution.py", GOOD), ("w", bytes(1_100_000))], compression=0)
        assert refusal("a.zip", content).reason == "too_large"


class TestNotebook:
    def test_the_code_cells_become_one_module(self):
        code = read("a.ipynb", notebook("import math", GOOD.decode())).files["solution.py"]
        assert code.startswith(b"# %%\nimport math\n")

    def test_magics_and_shell_lines_are_dropped_and_listed(self):
        solution = read(
            "a.ipynb", notebook("%matplotlib inline\n!pip install x\nx = 1", "help?", GOOD.decode())
        )
        assert [(line.cell, line.line) for line in solution.dropped] == [
            (1, "%matplotlib inline"),
            (1, "!pip install x"),
            (2, "help?"),
        ]

    def test_a_magic_alone_in_a_block_leaves_a_valid_block(self):
        solution = read("a.ipynb", notebook("if 1:\n    %time x\n", GOOD.decode()))
        assert b"    pass" in solution.files["solution.py"]

    def test_the_remainder_operator_is_no_magic(self):
        solution = read("a.ipynb", notebook("x = 7 % 3\ny = (7\n     % 3)", GOOD.decode()))
        assert solution.dropped == ()

    def test_a_bash_cell_is_dropped_whole(self):
        solution = read("a.ipynb", notebook("%%bash\nls -l", GOOD.decode()))
        assert b"ls -l" not in solution.files["solution.py"]
        assert len(solution.dropped) == 2

    def test_signs_that_no_file_can_hold_are_replaced(self):
        solution = read("nb.ipynb", notebook(GOOD.decode(), "x = '\ud800'", "%%bash\n\x00\ud800"))
        assert b"x = '?'" in solution.files["solution.py"]
        assert solution.dropped[-1].line == "\ufffd?"

    def test_where_cells_are_exported_only_those_count(self):
        solution = read("a.ipynb", notebook("raise SystemExit", "#| export\n" + GOOD.decode()))
        assert b"SystemExit" not in solution.files["solution.py"]

    @pytest.mark.parametrize(
        "content", [b"no", b"[]", b'{"cells": 3}', b"[" * 90_000, notebook(), notebook("", "  ")]
    )
    def test_what_is_no_notebook_is_refused(self, content):
        assert refusal("a.ipynb", content).reason == "syntax"

    @pytest.mark.parametrize("source", [{"a": 1}, 7, float("nan"), [["x"]], [1, 2], None])
    def test_a_cell_whose_source_is_no_text_is_refused(self, source):
        cells = [{"cell_type": "code", "source": source}]
        told = refusal("a.ipynb", json.dumps({"cells": cells}).encode())
        assert "code cell 1 has no text" in told.message

    @pytest.mark.parametrize("part", [" ", "a ", "a,", "a.", "\t", "!", "%", "a?", "a=", "# |"])
    def test_a_line_of_a_megabyte_is_read_in_no_time_worth_naming(self, part):
        """A pattern that tried every split of such a line would take the rest of the day."""
        line = part * (900_000 // len(part)) + "\x00"
        assert refusal("a.ipynb", notebook(line)).reason in ("too_large", "missing_function")

    def test_long_and_many_dropped_lines_are_cut_and_counted(self):
        cells = ["%%html\n" + "<b>" * 1_000, "\n".join(["!ls"] * 600), GOOD.decode()]
        dropped = read("a.ipynb", notebook(*cells)).dropped
        assert len(dropped) == 501
        assert len(dropped[1].line) == 200
        assert dropped[-1].line == "... and 102 more lines"

    def test_a_notebook_of_other_languages_only_is_refused_by_its_size(self):
        told = refusal("a.ipynb", notebook("%%bash\n" + "x\n" * 1_000_000))
        assert told.reason == "too_large"
        assert "The code cells of the notebook hold 2,000 kB" in told.message
