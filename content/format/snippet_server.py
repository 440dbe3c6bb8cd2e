"""Runs snippets of Python, each in a copy of this process that has the large libraries already.

Started by `content/format/execution.py` as a program of its own. Reads one JSON object a line,
{"code", "folder", "seconds"}; runs the code in that folder with its output going to the files `out`
and `err` there; answers {"status"}: 0, another number after an error, null after the time limit.
To import torch takes seconds, to copy a process milliseconds.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
import traceback
from typing import Any

LIBRARIES = ("numpy", "pandas", "torch", "torch.nn.functional")
_LOOK_EVERY = 0.005  # seconds


def main() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps({"status": _run(asked)}) + "\n")
        sys.stdout.flush()


def _run(asked: dict[str, Any]) -> int | None:
    child = os.fork()
    if not child:
        _be(asked)
    until = time.monotonic() + asked["seconds"]
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_LOOK_EVERY)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _be(asked: dict[str, Any]) -> None:
    """As `python -` with the code on its input would; never returns."""
    status = 1
    try:
        os.chdir(asked["folder"])
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        exec(compile(asked["code"], "<stdin>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - whatever it is, its last line is what the answer shows
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
