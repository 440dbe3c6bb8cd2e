"""Ending a pool process."""

import os
import subprocess
import sys

import pytest

_ENDING = """
import os, signal, sys
import studyhub.celery
from celery.concurrency.prefork import process_destructor

process_destructor(os.getpid(), 0)
signal.raise_signal(getattr(signal, sys.argv[1]))
print("left by itself")
"""


@pytest.mark.parametrize(
    ("remapped", "sent"), [({}, "SIGTERM"), ({"REMAP_SIGTERM": "SIGQUIT"}, "SIGQUIT")]
)
def test_a_pool_process_that_is_ending_is_not_killed_while_it_says_so(remapped, sent):
    ended = subprocess.run(
        [sys.executable, "-c", _ENDING, sent],
        env={**os.environ, **remapped},
        capture_output=True,
        text=True,
    )
    assert ended.stdout == "left by itself\n", ended.stderr
