"""Which device a run is promised: a GPU only where its sandbox shows one."""

from dataclasses import dataclass

import pytest

from labs.domain.exercise import Device
from labs.domain.refusals import DeviceMissing
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.landlock import LandlockSandbox
from labs.sandbox.trusted import TrustedSandbox
from labs.services import devices


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """A machine with a driver and a CUDA build of torch."""
    node = tmp_path / "nvidiactl"
    node.touch()
    monkeypatch.setattr(devices, "DRIVER", node)
    monkeypatch.setattr(devices, "version", lambda name: "2.13.0+cu130")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@dataclass
class Shown:
    """What of a sandbox matters here."""

    shows_gpu: bool
    name: str = "some tier"


def test_a_lab_for_either_gets_the_gpu_that_its_sandbox_shows(gpu):
    assert devices.device_for(Device.EITHER, Shown(True)) == "cuda"


def test_a_gpu_that_the_sandbox_hides_is_not_promised(gpu):
    assert devices.device_for(Device.EITHER, Shown(False)) == "cpu"


def test_a_lab_that_needs_a_gpu_is_refused_where_none_is_shown(gpu):
    with pytest.raises(DeviceMissing, match="some tier"):
        devices.device_for(Device.GPU, Shown(False))


def test_a_worker_whose_gpus_are_hidden_uses_the_processor(gpu, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert devices.device_for(Device.EITHER, Shown(True)) == "cpu"


def test_the_tiers_say_what_they_bind():
    assert BubblewrapSandbox.shows_gpu
    assert TrustedSandbox.shows_gpu
    assert not LandlockSandbox.shows_gpu
