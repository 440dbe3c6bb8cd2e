"""Python programs beside a test, for what only another process can show."""

import os
import subprocess
import sys
from pathlib import Path

from tests.site import ROOT


def python(code: str, *, temporary: Path) -> "subprocess.Popen[str]":
    """Runs the code with a temporary folder of its own; both ends of its talk are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
