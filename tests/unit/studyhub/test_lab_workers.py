"""Which workers `make up` starts for the labs, by their command lines; no GPU is needed."""

from pathlib import Path

import pytest

from studyhub import lab_workers as module
from studyhub import up
from studyhub.lab_workers import gpus_here, lab_workers


@pytest.fixture
def cuda_build(monkeypatch):
    monkeypatch.setattr(module, "version", lambda name: "2.13.0")


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    for name in ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    return tmp_path


def test_without_a_gpu_one_worker_answers_for_both_queues():
    (worker,) = lab_workers([], cpu_processes=2)
    assert worker.arguments() == [
        "-n", "labs@%h", "-Q", "labs.cpu,labs.gpu", "--pool", "prefork", "-c", "2",
    ]  # fmt: skip
    assert worker.environment() == {}


def test_each_gpu_has_one_process_that_sees_it_alone():
    cpu, first, second = lab_workers(["0", "MIG-8f9a"], cpu_processes=3)
    assert cpu.arguments()[2:] == ["-Q", "labs.cpu", "--pool", "prefork", "-c", "3"]
    assert cpu.environment() == {"CUDA_VISIBLE_DEVICES": ""}
    for worker, gpu in ((first, "0"), (second, "MIG-8f9a")):
        assert worker.arguments()[2:] == ["-Q", "labs.gpu", "--pool", "prefork", "-c", "1"]
        assert worker.environment() == {"CUDA_VISIBLE_DEVICES": gpu}
    assert len({worker.name for worker in (cpu, first, second)}) == 3


def test_make_up_starts_them(monkeypatch, tmp_path):
    monkeypatch.setenv("STUDYHUB_GPUS", "0,1")
    children = {child.name: child for child in up.children("127.0.0.1", 8000, tmp_path)}
    assert {"labs", "labs-gpu0", "labs-gpu1"} <= children.keys()
    assert children["labs-gpu1"].environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert children["labs"].environment["CUDA_VISIBLE_DEVICES"] == ""
    # Who hands a run in announces it to GPU workers only where there are any.
    assert {child.environment["STUDYHUB_GPU_WORKERS"] for child in children.values()} == {"2"}
    assert all(
        child.environment["REMAP_SIGTERM"] == "SIGQUIT"
        for name, child in children.items()
        if name.startswith("labs")
    )


def test_gpus_are_counted_by_their_device_nodes(cuda_build, devices):
    assert gpus_here({}, devices) == ["0", "1", "10"]


def test_what_is_hidden_is_not_used(cuda_build, devices):
    assert gpus_here({"CUDA_VISIBLE_DEVICES": "1"}, devices) == ["1"]
    assert gpus_here({"CUDA_VISIBLE_DEVICES": ""}, devices) == []
    assert gpus_here({"CUDA_VISIBLE_DEVICES": "-1"}, devices) == []


def test_a_machine_without_devices_has_none_whatever_is_shown(cuda_build, tmp_path):
    assert gpus_here({"CUDA_VISIBLE_DEVICES": "0"}, tmp_path) == []


def test_a_build_for_the_processor_alone_uses_none(monkeypatch, devices):
    monkeypatch.setattr(module, "version", lambda name: "2.13.0+cpu")
    assert gpus_here({}, devices) == []


def test_the_operator_has_the_last_word(devices):
    assert gpus_here({"STUDYHUB_GPUS": "none"}, devices) == []
    assert gpus_here({"STUDYHUB_GPUS": " 3, MIG-1 "}, devices) == ["3", "MIG-1"]
