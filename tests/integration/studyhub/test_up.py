"""`make up`: one supervisor that starts the site, keeps it running and stops all of it."""

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.site import ROOT, free_port, running_site, wait_for

pytestmark = [pytest.mark.embedded, pytest.mark.slow, pytest.mark.xdist_group("site")]


def fetch(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as problem:
        return problem.code
    except (urllib.error.URLError, ConnectionError):
        return 0


def test_a_dead_part_is_started_again_and_ctrl_c_stops_everything(tmp_path: Path):
    with running_site(tmp_path) as site:
        assert fetch(site.url + "healthz/") == 200
        assert fetch(site.entry) in {200, 302}
        assert fetch(site.entry) == 410
        for part in ("web", "worker", "labs", "beat"):
            first = site.child(part).pid
            site.child(part).kill()
            wait_for(
                lambda part=part, first=first: _other(site, part, first),
                said=f"{part} was not started again",
            )
        wait_for(lambda: fetch(site.url + "healthz/") == 200, said="the web did not come back")
        family = site.family()
        assert len(family) >= 4
        assert site.stop(signal.SIGINT) < 5
        wait_for(lambda: not living(family), seconds=2, said="parts outlived the site")


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a zombie only waits for its parent to notice."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def _other(site, part: str, first: int) -> bool:
    try:
        return site.child(part).pid != first
    except (AssertionError, psutil.Error):
        return False


def test_the_kernel_ends_the_parts_when_the_supervisor_is_killed(tmp_path: Path):
    with running_site(tmp_path) as site:
        parts = psutil.Process(site.process.pid).children(recursive=True)
        site.process.kill()
        site.process.wait(timeout=5)
        wait_for(
            lambda: not living(parts),
            said="parts outlived their supervisor",
        )


def test_a_taken_port_is_refused_with_the_cure(tmp_path: Path):
    port = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        refused = subprocess.run(
            [sys.executable, "-m", "studyhub.up", "--port", str(port)],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "STUDYHUB_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert refused.returncode == 1
    assert f"make up PORT={port + 1}" in refused.stdout
