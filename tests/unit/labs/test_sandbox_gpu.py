"""Which of the driver's files a job on a GPU is shown: written down, for there is no GPU here."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.domain.jobs import Job, Limits
from labs.sandbox import bubblewrap
from labs.sandbox.bubblewrap import BubblewrapCage
from labs.sandbox.gpu import chosen_gpus, gpu_names, gpus_for
from labs.sandbox.interpreter import this_interpreter


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(
        id="1",
        phase="train",
        solution=tmp_path,
        entry="solution",
        data=tmp_path,
        model=tmp_path / "model",
        device="cuda",
        seed=0,
        limits=Limits(1, 1, 100, 10, 10),
    )


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, Path]:
    """Three GPUs; the driver numbers them otherwise than the bus does."""
    devices, driver = tmp_path / "dev", tmp_path / "gpus"
    devices.mkdir()
    for number, bus in enumerate(("0000:81:00.0", "0000:01:00.0", "0000:41:00.0")):
        (devices / f"nvidia{number}").touch()
        (driver / bus).mkdir(parents=True)
        (driver / bus / "information").write_text(
            f"Model: \t\t Big\nGPU UUID: \t GPU-{number}abc\nDevice Minor: \t {number}\n"
        )
    return {"devices": devices, "driver": driver}


def shown(job: Job, machine: dict[str, Path], visible: str | None) -> list[str]:
    variables = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    nodes = gpus_for(job, variables=variables, **machine).nodes
    return [node.name for node in nodes if node.name.removeprefix("nvidia").isdigit()]


def test_only_the_workers_gpu_is_shown(job: Job, machine: dict[str, Path]) -> None:
    assert shown(job, machine, "0") == ["nvidia1"]
    assert shown(job, machine, "2") == ["nvidia0"]
    assert shown(job, machine, "0,1") == ["nvidia1", "nvidia2"]
    assert shown(job, machine, "GPU-2") == ["nvidia2"]


def test_a_worker_without_a_choice_shows_all(job: Job, machine: dict[str, Path]) -> None:
    assert shown(job, machine, None) == ["nvidia0", "nvidia1", "nvidia2"]


def test_a_slice_of_a_gpu_is_chosen_by_its_name(job: Job, machine: dict[str, Path]) -> None:
    gpus = gpus_for(job, variables={"CUDA_VISIBLE_DEVICES": "MIG-7"}, **machine)

    assert gpus.variables["CUDA_VISIBLE_DEVICES"] == "MIG-7"
    assert machine["devices"] / "nvidia-caps" in gpus.nodes


def test_where_the_driver_lists_nothing_the_index_is_the_number(job: Job, tmp_path: Path) -> None:
    assert shown(job, {"devices": tmp_path, "driver": tmp_path}, "1") == ["nvidia1"]


def test_a_job_on_the_processor_is_shown_none(job: Job, machine: dict[str, Path]) -> None:
    on_cpu = replace(job, device="cpu")

    assert gpus_for(on_cpu, variables={}, **machine).nodes == ()
    assert gpu_names(on_cpu, {}) == []


def test_what_an_engine_and_a_trusted_job_are_told(job: Job) -> None:
    assert gpu_names(job, {}) == ["all"]
    assert gpu_names(job, {"CUDA_VISIBLE_DEVICES": "1, 2"}) == ["1", "2"]
    assert chosen_gpus({"CUDA_VISIBLE_DEVICES": "1", "SECRET": "x"}) == {
        "CUDA_VISIBLE_DEVICES": "1"
    }
    assert chosen_gpus({}) == {}


def test_bubblewrap_binds_devices_before_it_closes_their_folder(
    job: Job, machine: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gpus_for(job, variables={"CUDA_VISIBLE_DEVICES": "0"}, **machine)
    monkeypatch.setattr(bubblewrap, "gpus_for", lambda job: found)
    cage = BubblewrapCage(job, Path("/bin/bwrap"), as_root=False, scratch=None)

    arguments = list(cage._arguments(this_interpreter(), 3, 4))

    binds = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--dev-bind-try"]
    assert [Path(bind).name for bind in binds] == [
        *("nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps")
    ]
    joined = " ".join(arguments)
    assert joined.index("--dev-bind-try") < joined.index("--remount-ro /dev")
    assert "--ro-bind-try /sys/bus/pci /sys/bus/pci" in joined
    assert "--setenv CUDA_DEVICE_ORDER PCI_BUS_ID" in joined


def test_bubblewrap_binds_no_device_for_the_processor(job: Job) -> None:
    cage = BubblewrapCage(replace(job, device="cpu"), Path("bwrap"), as_root=False, scratch=None)

    joined = " ".join(cage._arguments(this_interpreter(), 3, 4))

    assert "nvidia" not in joined
    assert "/sys/bus" not in joined
