"""The first process of a container: runs the harness and carries its three streams over one.

A container engine passes nothing on but standard input and output. So what the harness writes goes
out in frames: one byte that says which stream, four bytes of length, the bytes. The end of standard
input means that the worker is gone or wants the end, and then the bridge ends, and with it, as it
is the first process of its namespace, everything else.
"""

import json
import os
import selectors
import struct
import subprocess
import sys
import time
from typing import Final, NoReturn

OUTPUT, EVENTS, RESULT = 0, 1, 2
HEAD: Final = struct.Struct("=BI")
CHUNK: Final = 1 << 16
_SIGNALLED = 128
_LAST_WORDS = 1.0  # seconds for what is still in the pipes when the harness has ended


def main() -> NoReturn:
    """Arguments: the launch as JSON, with the seconds that are left for `ends_at`."""
    launch = json.loads(sys.argv[1])
    pipes = [os.pipe() for _ in (OUTPUT, EVENTS, RESULT)]
    launch["events_fd"], launch["output_fd"] = pipes[EVENTS][1], pipes[RESULT][1]
    launch["ends_at"] += time.monotonic()
    harness = subprocess.Popen(
        [sys.executable, "-P", "-s", "-B", "-m", "labs.harness", json.dumps(launch)],
        stdin=subprocess.DEVNULL,
        stdout=pipes[OUTPUT][1],
        stderr=pipes[OUTPUT][1],
        pass_fds=(pipes[EVENTS][1], pipes[RESULT][1]),
    )
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, None)
    for stream, (reading, writing) in enumerate(pipes):
        os.close(writing)
        selector.register(reading, selectors.EVENT_READ, stream)
    code: int | None = None
    until = float("inf")
    while len(selector.get_map()) > 1 and time.monotonic() < until:
        for key, _ in selector.select(0.1):
            data = os.read(key.fd, CHUNK)
            if key.data is None:
                if not data:
                    os._exit(_SIGNALLED + 9)
            elif data:
                _send(HEAD.pack(key.data, len(data)) + data)
            else:
                selector.unregister(key.fd)
        if code is None:
            code = _reap(harness.pid)
            until = until if code is None else time.monotonic() + _LAST_WORDS
    os._exit(0 if code is None else code)


def _send(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _reap(harness: int) -> int | None:
    """Also takes in the orphans of the namespace. The harness's exit code once it has ended."""
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == harness:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else _SIGNALLED - code
            if pid == 0:
                return None
    except ChildProcessError:
        return None


if __name__ == "__main__":
    main()
