"""A small sample of each long proof, in processes of their own as `make soak` runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.site import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.xdist_group("soak")]


@pytest.fixture(autouse=True)
def _a_database(require: Callable[[str, bool, str], None]) -> None:
    try:
        import pgserver  # noqa: F401, PLC0415
    except ImportError:
        require("postgres", False, "no pgserver for this system")


def run(tmp_path, module: str, *arguments: str) -> dict:
    """The figures of a proof, which must have held."""
    theirs = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "STUDYHUB_HOME"}
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--out", str(out)],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return json.loads(out.read_text())


def test_no_hot_read_goes_through_a_whole_table_or_grows_with_it(tmp_path):
    sizes = ("--small", "40", "--users", "1000", "--sample", "5", "--rounds", "0")
    told = run(tmp_path, "tests.soak.scale", *sizes)
    assert set(told["reads"]) == {
        "session",
        "due list",
        "changes",
        "GET session/",
        "GET changes/",
    }
    assert all(sides["large"]["rows"] > 0 for sides in told["reads"].values())


def test_no_event_is_lost_or_doubled_while_the_web_server_dies(tmp_path):
    told = run(tmp_path, "tests.soak.load", "--seconds", "4", "--learners", "2")
    assert told["problems"] == []
    assert told["killed"]
    assert told["events"] > 20
