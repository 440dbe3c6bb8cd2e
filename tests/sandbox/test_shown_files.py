"""Weights and photos are found and read in every sandbox, and nowhere written."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.grading.items import write_items
from labs.sandbox import Sandbox
from labs.sandbox.bubblewrap import BubblewrapSandbox
from labs.sandbox.landlock import LandlockSandbox
from labs.sandbox.tiers import probe
from tests.sandbox.lab import SmallLab
from tests.sandbox.warmed import WarmedSandbox

pytestmark = pytest.mark.sandbox
PHOTO = b"\xff\xd8\xff a photo"
LOOK = """
print(data.weights.name, data.weights.read_bytes())
print([path.name for path in data.photos], {path.read_bytes() for path in data.photos})
for path in (data.weights, data.photos[0], data.photos[0].with_name("new")):
    try:
        path.open("ab").close()
        print("REACHED", path)
    except OSError:
        pass
return 1
"""


@pytest.fixture
def showing(tmp_path: Path) -> Callable[[Sandbox], SmallLab]:
    """The small lab with weights, which lie in a data set's folder, and photos."""

    def made(sandbox: Sandbox) -> SmallLab:
        lab = SmallLab(tmp_path / "lab", sandbox)
        data_set = tmp_path / "data" / "weights"
        data_set.mkdir(parents=True)
        (data_set / "net.safetensors").write_bytes(b"weights")
        shutil.rmtree(lab.train_data)
        items = {"weights": data_set / "net.safetensors", "photos": [PHOTO, PHOTO]}
        write_items(lab.train_data, items, [data_set])
        return lab

    return made


def found_all(lab: SmallLab) -> None:
    ran = lab.train(LOOK)
    assert ran.result.ok, ran.result
    assert ran.result.log.splitlines() == [
        "weights.safetensors b'weights'",
        f"['000000.jpg', '000001.jpg'] {{{PHOTO!r}}}",
    ]


def test_in_the_sandbox_that_is_chosen_here(sandbox: Sandbox, showing) -> None:
    found_all(showing(sandbox))


def test_in_one_without_mounts(showing, require: Callable[[str, bool, str], None]) -> None:
    there = any(status.tier == 2 and status.works for status in probe())
    require("sandbox", there, "tier 2 does not work here")
    with tempfile.TemporaryDirectory() as scratch:  # pytest's folders are closed to other users
        Path(scratch).chmod(0o755)
        found_all(showing(LandlockSandbox(as_root=os.getuid() == 0, scratch=Path(scratch))))


def test_in_one_that_was_started_before(
    tmp_path: Path, sandbox: Sandbox, showing, require: Callable[[str, bool, str], None]
) -> None:
    require("sandbox", type(sandbox) is BubblewrapSandbox, "tier 1 does not work here")
    warmed = WarmedSandbox(sandbox, tmp_path / "waiting")
    try:
        found_all(showing(warmed))
    finally:
        warmed.close()
