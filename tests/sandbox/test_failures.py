"""What the learner is told when the code is wrong: the harness's words, so tier 0 will do."""

import time
from dataclasses import replace

import numpy
import pytest

from tests.sandbox.lab import MODEST, SmallLab


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("def train(:\n  pass", "syntax", "solution.py, line 1: "),
        ("x = 1", "missing_function", "no train(data, run) and no predict(model, inputs, run)"),
        ("def train(data, run): pass", "missing_function", "no predict(model, inputs, run)"),
        ("import fastai_of_my_own", "import", "There is no module 'fastai_of_my_own' here."),
        ("from math import no_such_thing", "import", "cannot import name 'no_such_thing'"),
        ("1 / 0", "raised", "An error while importing solution.py: ZeroDivisionError"),
    ],
)
def test_a_module_that_cannot_be_used_is_explained(
    code: str, kind: str, message: str, trusting_lab: SmallLab
) -> None:
    (trusting_lab.solution / "solution.py").write_text(code)

    error = trusting_lab.run().result.error

    assert error is not None
    assert error.kind == kind
    assert message in error.message


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("raise ValueError('bad shape')", "raised", "while calling train: ValueError: bad shape"),
        ("data.valid_x", "raised", "this lab has no data.valid_x; it has files, targets, train_x"),
        ("import sys; sys.exit(3)", "raised", "asked Python to exit"),
        ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
        ("import os; os._exit(3)", "killed", "with exit code 3, before its work was done"),
        ("import ctypes; ctypes.string_at(0)", "killed", "segmentation fault"),
        ("raise MemoryError", "out_of_memory", "The memory ran out while calling train"),
        ("raise RuntimeError('CUDA out of memory')", "out_of_memory", "CUDA out of memory"),
        ("import errno; raise OSError(errno.ENOSPC, 'full')", "disk_full", "disk space"),
        ("return lambda: 1", "not_picklable", "no lambdas"),
        ("return bytes(9 << 20)", "model_too_large", "larger than 8 MB"),
        ("run.log(loss='low')", "raised", "run.log(loss=...) takes a number, not str"),
    ],
)
def test_a_train_that_fails_is_explained(
    body: str, kind: str, message: str, trusting_lab: SmallLab
) -> None:
    error = trusting_lab.train(body).result.error

    assert error is not None
    assert error.kind == kind
    assert message in error.message
    assert not trusting_lab.model.exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("pass", "predict returned None"),
        ("return ['a', None]", "of Python objects, not of numbers"),
        ("return [[1, 2], [3]]", "do not form one array"),
        ("return bytes(5 << 20)", "larger than 4 MB"),
    ],
)
def test_predictions_that_are_no_numbers_are_explained(
    body: str, message: str, trusting_lab: SmallLab
) -> None:
    trusting_lab.write(f"def train(d, r): return 1\ndef predict(model, inputs, run):\n    {body}")
    assert trusting_lab.run("train").result.ok

    error = trusting_lab.run("predict").result.error

    assert error is not None
    assert error.kind == "bad_predictions"
    assert message in error.message


def test_a_traceback_shows_the_learners_lines_only(trusting_lab: SmallLab) -> None:
    error = trusting_lab.train(
        """
        import json
        def train(data, run):
            json.loads("{")
        """
    ).result.error

    assert error is not None
    assert 'File "solution.py", line 4, in train' in error.detail
    assert "decoder.py" not in error.detail
    assert "harness" not in error.detail
    assert str(trusting_lab.folder) not in error.detail


def test_two_modules_import_each_other_and_pickle_their_classes(trusting_lab: SmallLab) -> None:
    (trusting_lab.solution / "net.py").write_text("class Net:\n    weight = 3\n")
    trusting_lab.write(
        """
        from net import Net
        class Mean(Net):
            pass
        def train(data, run):
            model = Mean()
            model.bias = data.train_x.mean()
            return model
        def predict(model, inputs, run):
            return [model.weight * each + model.bias for each in inputs]
        """
    )
    assert trusting_lab.run("train").result.ok

    predictions = trusting_lab.run("predict").result.predictions

    assert predictions is not None
    assert numpy.frombuffer(predictions[-32:]).tolist() == [4.5, 7.5, 10.5, 13.5]


def test_news_of_a_run_arrive_in_order(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train(
        """
        print("hello")
        for step in range(3):
            run.log(step=step, loss=1 / (step + 1), bad=float("nan"))
            run.progress(step + 1, 3)
        run.figure("curve", "<svg xmlns='http://www.w3.org/2000/svg'/>")
        """
    )

    assert [point["loss"] for point in ran.of("metric")] == [1.0, 0.5, 1 / 3]
    assert ran.of("metric")[0] == {"step": 0.0, "loss": 1.0, "bad": None}
    assert ran.of("progress")[-1] == {"done": 3.0, "total": 3.0}
    assert ran.of("figure")[0]["name"] == "curve"
    assert {"line": "hello"} in ran.of("log")


def test_events_that_nobody_understands_are_dropped_and_counted(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train(
        """
        import os
        for line in (b"nonsense\\n", b'{"kind": "state", "data": {"grade": "excellent"}}\\n',
                     b'{"kind": "metric", "data": {"loss": "low"}}\\n', b"[" * 100_000 + b"\\n",
                     b'{"kind": "metric", "data": {"loss": 1e999}}\\n', b"x" * 700_000 + b"\\n"):
            run._events.send_line(line)
        run.log(step=1, loss=2)
        """
    )

    assert ran.of("metric") == [{"step": 1.0, "loss": 2.0}]
    assert {"line": "[6 metrics or figures were unreadable or too many]"} in ran.of("log")
    assert {kind for kind, _ in ran.events} == {"log", "metric"}


def test_terminal_escapes_are_taken_out_of_the_log(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train(
        r"""
        print("\x1b[31mred\x1b[0m \x1b]0;title\x07plain\x08 \u202eright")
        print("  1%\r 50%\r100%")
        """
    )

    assert ran.result.log.startswith("red plain right\n100%\n")
    assert {"line": "red plain right"} in ran.of("log")


def test_many_lines_are_thinned_for_the_page_and_kept_in_the_log(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train("for n in range(3000): print('line', n)")

    assert len(ran.of("log")) < 400
    assert any("lines came too fast" in each["line"] for each in ran.of("log"))
    assert "line 2999" in ran.result.log


def test_the_time_left_is_told_and_kept(trusting_lab: SmallLab) -> None:
    limits = replace(MODEST, train_seconds=2)
    trusting_lab.write("print(0 < run.deadline < 2)\nwhile True: pass")
    began = time.monotonic()

    ran = trusting_lab.run(limits=limits)

    assert "True" in ran.result.log
    assert ran.result.status == "timed_out"
    assert ran.result.error is not None
    assert ran.result.error.message == "train took longer than 2 seconds."
    assert time.monotonic() - began < 4


def test_the_same_seed_draws_the_same_numbers(trusting_lab: SmallLab) -> None:
    trusting_lab.write(
        """
        import random, numpy
        print("drawn", random.random(), numpy.random.rand(), hash("x"), list({"a", "b", "c"}))
        """
    )
    first, again, other = (trusting_lab.run(seed=seed).result.log for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_code_without_torch_does_not_load_torch(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train("import sys\nprint('torch' in sys.modules)")

    assert "False" in ran.result.log


def test_tier_0_ends_what_its_code_started(trusting_lab: SmallLab) -> None:
    ran = trusting_lab.train(
        """
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "tier-0-child"])
        while True: pass
        """,
        replace(MODEST, train_seconds=1),
    )

    assert ran.result.status == "timed_out"
