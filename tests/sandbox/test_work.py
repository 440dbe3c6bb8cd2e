"""Honest work runs in the sandbox: models, libraries, predictions, whatever they contain."""

import io
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from tests.sandbox.lab import MODEST, REACHED, SmallLab

pytestmark = pytest.mark.sandbox

ROOMY = replace(MODEST, memory_mb=1_500, train_seconds=60, predict_seconds=60)


def predictions(lab: SmallLab) -> "numpy.ndarray":
    raw = lab.run("predict", ROOMY).result.predictions
    assert raw is not None
    return numpy.load(io.BytesIO(raw), allow_pickle=False)


def test_a_model_of_the_learners_own_class_reaches_predict(lab: SmallLab) -> None:
    lab.write(
        """
        class Model:
            pass
        def train(data, run):
            model = Model()
            model.threshold = 1.5
            return model
        def predict(model, inputs, run):
            return [int(each > model.threshold) for each in inputs]
        """
    )
    assert lab.run("train").result.ok

    assert predictions(lab).tolist() == [0, 0, 1, 1]


def test_predictions_of_any_value_come_out_as_they_are(lab: SmallLab) -> None:
    """Judging them is the grader's business."""
    lab.write("def train(d, r): pass\ndef predict(m, i, r): return [float('nan'), 1e300]")
    assert lab.run("train").result.ok

    assert numpy.isnan(predictions(lab)[0])


def test_bytes_written_around_the_harness_come_out_unread(lab: SmallLab) -> None:
    lab.write(
        """
        def train(data, run):
            pass
        def predict(model, inputs, run):
            import os, stat
            for fd in range(4, 64):
                try:
                    if stat.S_ISFIFO(os.fstat(fd).st_mode) and fd != run._events._fd:
                        os.write(fd, b"no npy at all")
                except OSError:
                    pass
            return inputs
        """
    )
    assert lab.run("train").result.ok
    raw = lab.run("predict").result.predictions

    assert raw is not None
    assert raw.startswith(b"no npy at all")


def test_a_pickle_that_runs_code_runs_it_inside(lab: SmallLab, tmp_path: Path) -> None:
    outside = tmp_path / "touched"
    lab.write(
        f"""
        import os
        class Trap:
            def __reduce__(self):
                return os.system, ("touch {outside} && echo {REACHED}",)
        def train(data, run):
            return Trap()
        """
    )
    assert lab.run("train").result.ok

    ran = lab.run("predict")

    assert REACHED not in ran.result.log.splitlines()
    assert not outside.exists()


def test_predict_sees_no_training_data_and_no_labels(lab: SmallLab) -> None:
    lab.write(
        """
        def train(data, run):
            pass
        def predict(model, inputs, run):
            import os
            print(sorted(os.listdir("/data")), os.listdir("/model"))
            return inputs
        """
    )
    assert lab.run("train").result.ok

    assert "['manifest.json', 'x.npy'] ['model.pickle']" in lab.run("predict").result.log


@pytest.mark.slow
def test_torch_and_timm_train_and_predict_alike_for_a_seed(lab: SmallLab) -> None:
    lab.write(
        """
        import timm, torch
        from torch.utils.data import DataLoader, TensorDataset

        def train(data, run):
            x = torch.tensor(data.train_x, dtype=torch.float32)[:, None]
            model = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Linear(8, 1))
            optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
            for (batch,) in DataLoader(TensorDataset(x), 4, shuffle=True, num_workers=2):
                loss = (model(batch) - batch).pow(2).mean()
                loss.backward()
                optimizer.step()
                run.log(loss=loss)
            return model

        def predict(model, inputs, run):
            return model(torch.tensor(inputs, dtype=torch.float32)[:, None])[:, 0]
        """
    )
    first, again = (lab.run("train", ROOMY) for _ in range(2))

    assert first.result.ok, first.result.log
    assert len(first.of("metric")) == 3
    assert first.of("metric") == again.of("metric")
    assert predictions(lab).shape == (4,)


def test_what_a_job_uses_is_measured_from_outside(lab: SmallLab) -> None:
    ran = lab.train(
        """
        import time
        kept = bytearray(60 << 20)
        until = time.monotonic() + 3
        while time.monotonic() < until: pass
        return 1
        """
    )
    assert ran.result.ok
    told = ran.of("usage")
    assert told
    assert told[0]["memory_mb"] > 60
    assert told[0]["cpu_percent"] > 5
