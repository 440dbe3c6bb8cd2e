"""How long a run takes to its end after its worker was killed; the worst over some kills.

The runs last two seconds. Of workers on another machine it is only seen that their lease ran out.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.site import ROOT

FAULTS = ("worker killed", "supervisor killed")


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit); the figure to hold is 30 s."""
    with tempfile.TemporaryDirectory(prefix="studyhub-bench-") as folder:
        out = Path(folder) / "figures.json"
        only = [word for fault in FAULTS for word in ("--only", f"{fault}:training")]
        subprocess.run(
            [sys.executable, "-m", "tests.soak.lab_faults", *only, "--out", str(out)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        told = json.loads(out.read_text())
    worst: dict[str, float] = defaultdict(float)
    for pair, each in told["pairs"].items():
        for trial in each["trials"]:
            name = f"finished after {trial['fault']}, {pair}"
            worst[name] = max(worst[name], trial["seconds"])
    for name, seconds in sorted(worst.items()):
        yield name, seconds, "s"
