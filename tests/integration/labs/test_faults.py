"""A sample of `make soak`'s faults of the labs: real workers, sandboxes, databases and brokers."""

import json
import os
import subprocess
import sys

import pytest

from tests.site import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sandbox,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.embedded,  # it brings both pairs itself
    pytest.mark.usefixtures("sandbox_works"),
]


def test_each_run_ends_once_with_one_grade_whatever_fails_under_it(tmp_path):
    theirs = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "STUDYHUB_HOME"}
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.lab_faults", "--faults", "20", "--out", str(out)],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    told = json.loads(out.read_text())
    assert told["problems"] == []
    assert told["injected"] == 20
