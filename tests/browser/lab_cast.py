"""Runs in every state on the browser's site, and a worker's voice that tests can use."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.site import ROOT, Site

LISTEN = "from tests.lab_runs import obey; obey()"


class Voice:
    """Writes rows and events into the site's database from a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.runs: dict[str, int] = self.ask(do="cast")

    def ask(self, **order: Any) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer

    def tell(self, run: int, *events: tuple[str, dict[str, Any]]) -> None:
        self.ask(do="tell", run=run, events=events)

    def page(self, name: str) -> str:
        return f"/runs/{self.runs[name]}/"


@contextmanager
def voice(site: Site) -> Iterator[Voice]:
    variables = {"DJANGO_SETTINGS_MODULE": "studyhub.settings", "STUDYHUB_HOME": str(site.home)}
    theirs = {"DATABASE_URL", "REDIS_URL"}
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    process = subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "shell",
            "-v",
            "0",
            "-c",
            "import tests.lab_runs as t; t.obey()",
        ],
        cwd=ROOT,
        env={**own, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Voice(process)
    finally:
        with process:  # closes its pipes, and waits for its end
            pass
