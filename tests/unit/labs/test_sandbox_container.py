"""Tier 3 without an engine: its command line as text, and the streams through a stand-in."""

import base64
import itertools
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from labs.domain.jobs import Job, Limits
from labs.sandbox import SandboxBroken, run_job
from labs.sandbox.container import ContainerCage, ContainerSandbox
from labs.sandbox.interpreter import code
from labs.sandbox.pipes import Event
from labs.sandbox.seccomp import compile_filter
from tests.sandbox.lab import processes_with, wait_until

linux = pytest.mark.skipif(sys.platform != "linux", reason="the harness looks into /proc")

# Takes the engine's part: finds the mounts in its command line, gives up all privileges, and starts
# what the image would. `image inspect` and the like answer with success.
ENGINE = """#!{python}
import base64, contextlib, json, os, signal, subprocess, sys
sys.path.insert(0, {project!r})
words = sys.argv[1:]
if words[0] != "run":
    open({folder!r} + "/asked", "a").write(" ".join(words) + "\\n")
    raise SystemExit(0)
json.dump(words, open({folder!r} + "/words.json", "w"))
mounts = dict(
    (parts["target"], parts["source"])
    for word, value in zip(words, words[1:]) if word == "--mount"
    for parts in [dict(each.partition("=")[::2] for each in value.split(","))]
)
launch = json.loads(words[-1])
for name in ("solution", "data"):
    launch["job"][name] = mounts["/" + name]
launch["job"]["model"] = mounts.get("/model/model.pickle", "/nowhere")
variables = dict(
    value.split("=", 1) for word, value in zip(words, words[1:]) if word == "--env"
)
variables["PYTHONPATH"] = {project!r}
variables.update({library_path!r})
from labs.harness import keeper
if {confining!r}:
    keeper._drop_capabilities()
    keeper._libc.prctl(38, 1, 0, 0, 0)
    keeper._filter_calls(base64.b64decode({filter!r}))
bridge = subprocess.Popen(
    [{python!r}, "-P", "-s", "-B", "-m", "labs.harness.bridge", json.dumps(launch)],
    env=variables,
    process_group=0,
)
code = bridge.wait()
with contextlib.suppress(ProcessLookupError):
    os.killpg(bridge.pid, signal.SIGKILL)  # as the kernel does with a container's other processes
raise SystemExit(code)
"""


def engine(folder: Path, *, confining: bool = True, name: str = "docker") -> Path:
    path = folder / name
    library = os.environ.get("LD_LIBRARY_PATH")
    path.write_text(
        ENGINE.format(
            python=sys.executable,
            project=str(code()[0]),
            folder=str(folder),
            confining=confining,
            filter=base64.b64encode(compile_filter()).decode(),
            library_path={"LD_LIBRARY_PATH": library} if library else {},
        )
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def job(tmp_path: Path) -> Job:
    folder = tmp_path / "lab"
    for name in ("solution", "data"):
        (folder / name).mkdir(parents=True)
    numpy.save(folder / "data" / "x.npy", numpy.arange(4.0))
    entry = {"inputs": {"type": "array", "file": "x.npy"}}
    (folder / "data" / "manifest.json").write_text(json.dumps(entry))
    return Job(
        id="1",
        phase="train",
        solution=folder / "solution",
        entry="solution",
        data=folder / "data",
        model=folder / "model.pickle",
        device="cpu",
        seed=0,
        limits=Limits(
            train_seconds=20, predict_seconds=20, memory_mb=300, disk_mb=16, processes=20
        ),
        slot=3,
    )


def write(job: Job, train: str, predict: str = "return inputs") -> None:
    (job.solution / "solution.py").write_text(
        f"def train(data, run):\n    {train}\n\ndef predict(model, inputs, run):\n    {predict}\n"
    )


def words(job: Job, tmp_path: Path, *, name: str = "docker", runtime: str = "") -> list[str]:
    cage = ContainerCage(
        job, Path("/usr/bin") / name, image="lab:1", runtime=runtime, scratch=tmp_path
    )
    found = list(cage.arguments(Path("/etc/seccomp.json")))
    cage.close()
    return found


def given(words: list[str], option: str) -> list[str]:
    return [value for word, value in itertools.pairwise(words) if word == option]


def test_the_command_line_takes_everything_away(job: Job, tmp_path: Path) -> None:
    said = words(job, tmp_path)

    assert said[:4] == ["/usr/bin/docker", "run", "--rm", "--interactive"]
    assert given(said, "--network") == ["none"]
    assert given(said, "--cap-drop") == ["ALL"]
    assert given(said, "--security-opt") == ["no-new-privileges", "seccomp=/etc/seccomp.json"]
    assert given(said, "--user") == ["20004:20004"]
    assert given(said, "--pull") == ["never"]
    assert given(said, "--log-driver") == ["none"]
    assert "--read-only" in said
    assert not {"--privileged", "--cap-add", "--volume", "--publish", "--env-file"} & set(said)
    assert not any("docker.sock" in word for word in said)


def test_the_limits_are_the_labs(job: Job, tmp_path: Path) -> None:
    said = words(job, tmp_path)

    assert given(said, "--memory") == given(said, "--memory-swap") == ["300m"]
    assert given(said, "--pids-limit") == ["22"]
    assert given(said, "--tmpfs") == [
        "/tmp:rw,nosuid,nodev,mode=1777,size=16m",
        "/srv:ro,size=4k",
    ]
    assert given(said, "--shm-size") == ["150m"]
    assert "fsize=16777216:16777216" in given(said, "--ulimit")


def test_a_job_is_shown_its_own_files_only_to_read(job: Job, tmp_path: Path) -> None:
    for phase in ("train", "predict"):
        (job.model).write_bytes(b"model")
        mounts = given(words(replace(job, phase=phase), tmp_path), "--mount")  # type: ignore[arg-type]

        assert all(mount.startswith("type=bind,") for mount in mounts)
        assert all(mount.endswith(",readonly") for mount in mounts)
        targets = {mount.split(",")[2].removeprefix("target=") for mount in mounts}
        assert {"/solution", "/data", "/code/labs/harness"} <= targets
        assert ("/model/model.pickle" in targets) == (phase == "predict")
        assert not any(target.endswith(("services", "grading", "studyhub")) for target in targets)


def test_a_folder_whose_name_would_be_an_option_is_refused(job: Job, tmp_path: Path) -> None:
    odd = tmp_path / "data,readonly=false"
    odd.mkdir()

    with pytest.raises(SandboxBroken, match="without commas"):
        words(replace(job, data=odd), tmp_path)


def test_another_runtime_and_a_gpu_are_asked_for_by_name(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--runtime" not in words(job, tmp_path)
    assert given(words(job, tmp_path, runtime="runsc"), "--runtime") == ["runsc"]

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    on_gpu = replace(job, device="cuda")
    assert given(words(on_gpu, tmp_path), "--gpus") == ["device=1"]
    assert given(words(on_gpu, tmp_path, name="podman"), "--device") == ["nvidia.com/gpu=1"]
    assert "--gpus" not in words(job, tmp_path)


@linux
def test_output_events_and_model_come_through_the_one_stream(job: Job, tmp_path: Path) -> None:
    events: list[Event] = []
    sandbox = ContainerSandbox(engine(tmp_path), scratch=tmp_path)
    write(job, "print('hello'); run.log(loss=0.5); return list(range(100_000))", "return inputs*2")

    trained = run_job(
        sandbox,
        job,
        on_event=lambda kind, data: events.append(Event(kind, data)),
        should_stop=lambda: None,
    )
    predicted = run_job(
        sandbox,
        replace(job, phase="predict"),
        on_event=lambda kind, data: None,
        should_stop=lambda: None,
    )

    assert trained.ok, trained
    assert trained.log == "hello\n"
    assert Event("log", {"line": "hello"}) in events
    assert Event("metric", {"step": 1.0, "loss": 0.5}) in events
    assert job.model.stat().st_size > 100_000
    assert predicted.predictions is not None
    assert b"<f8" in predicted.predictions
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docker", "lab", "words.json"]


@linux
def test_an_engine_that_confines_nothing_is_found_out(job: Job, tmp_path: Path) -> None:
    write(job, "return 1")
    sandbox = ContainerSandbox(engine(tmp_path, confining=False), scratch=tmp_path)

    with pytest.raises(SandboxBroken, match="NoNewPrivs 0"):
        run_job(sandbox, job, on_event=lambda kind, data: None, should_stop=lambda: None)


@linux
def test_an_engine_that_does_not_start_says_why(job: Job, tmp_path: Path) -> None:
    broken = tmp_path / "docker"
    broken.write_text("#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 125\n")
    broken.chmod(0o755)

    with pytest.raises(SandboxBroken, match="Cannot connect to the daemon"):
        run_job(
            ContainerSandbox(broken, scratch=tmp_path),
            job,
            on_event=lambda kind, data: None,
            should_stop=lambda: None,
        )


@linux
def test_a_job_that_is_stopped_ends_with_its_standard_input(job: Job, tmp_path: Path) -> None:
    write(job, "print('begun')\n    while True: pass")
    sandbox = ContainerSandbox(engine(tmp_path), scratch=tmp_path)
    seen: list[str] = []

    result = run_job(
        sandbox,
        job,
        on_event=lambda kind, data: seen.append(kind),
        should_stop=lambda: "enough" if seen else None,
    )

    assert result.status == "stopped"
    assert not (tmp_path / "asked").exists()  # the engine's client ended by itself
    assert wait_until(lambda: processes_with(str(tmp_path)) == [], 5)


def test_what_is_not_measured_is_not_told_as_nothing(job: Job, tmp_path: Path) -> None:
    cage = ContainerCage(job, Path("/usr/bin/docker"), image="lab:1", runtime="", scratch=tmp_path)
    assert cage.usage(1 << 30).cpu_seconds is None
