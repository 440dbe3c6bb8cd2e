"""`manage.py preview` in a process of its own, for tests."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.site import ROOT


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    """In a folder and a home of its own, and with a database that cannot be reached."""
    theirs = {"DJANGO_SETTINGS_MODULE", "REDIS_URL"}
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "preview", *arguments],
        cwd=home,
        env={
            **own,
            "STUDYHUB_HOME": str(home / "home"),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "STUDYHUB_DEBUG": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell starts what runs behind it deaf to Ctrl-C, and that is handed on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@contextmanager
def previewing(home: Path, *arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The printed address, and the process, which is ended afterwards."""
    process = start(home, *arguments)
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://\S+/", line):
                yield found[0], process
                return
        raise AssertionError(f"the preview did not start:\n{said}")
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
