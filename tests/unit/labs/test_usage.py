"""What a job's processes use, while they come and go."""

import os
import subprocess
import sys

from labs.sandbox.usage import memory_and_threads, tree


def test_processes_that_end_as_they_are_looked_at_count_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert list(tree(ended.pid)) == [ended.pid]
    assert memory_and_threads(ended.pid, 0) == (0, 0)


def test_children_of_every_thread_are_found():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in tree(os.getpid())
        child.communicate(b"\n")
