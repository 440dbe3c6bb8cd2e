"""Start before the job is known: give up every privilege, import what takes long, wait."""

import contextlib
import json
import os
import pkgutil
import socket

from labs.harness.confine import check, give_up_privileges, limit
from labs.harness.launch import Launch, WarmUp
from labs.harness.seeding import seed_everything
from labs.harness.torchvision_operators import define_when_missing

_MESSAGE_BYTES = 1 << 16


def wait_for_a_job(warm_up: WarmUp) -> Launch:
    """The launch, with descriptors that are open here. Never returns where no job comes.

    Privileges go first: nothing that is imported here is run with more than a job has.
    """
    give_up_privileges(warm_up.uid)
    check()
    define_when_missing()
    for name in warm_up.imports:
        # whatever a library raises, the learner's own import will raise it again
        with contextlib.suppress(Exception):
            pkgutil.resolve_name(name)  # a module, or a name in one
    seed_everything(0)  # the first seeding loads more of torch; the job's own seed comes later
    with socket.socket(fileno=warm_up.door) as door:
        door.send(b"+")
        message, received, _, _ = socket.recv_fds(door, _MESSAGE_BYTES, 3)
    if not message:
        os._exit(0)
    output, events, result = received
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    data = {**json.loads(message), "events_fd": events, "output_fd": result}
    launch = Launch.from_json(data)
    limit(launch.rlimits)
    return launch
