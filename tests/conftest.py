"""What all tests share: no way out to the network, and requirements that may not be skipped.

A test that needs something this machine lacks skips with a reason, through `require`. Under
STUDYHUB_REQUIRE=browser,sandbox,postgres,redis,data such a skip is a failure instead.
"""

import os
from collections.abc import Callable, Iterator

import hypothesis
import pytest
import pytest_socket
from django.core.cache import cache

REQUIRED = {name.strip() for name in os.environ.get("STUDYHUB_REQUIRE", "").split(",")} - {""}
_skipped_for_want: set[str] = set()

# A busy machine is no counterexample.
hypothesis.settings.register_profile("studyhub", deadline=None)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile("studyhub")


@pytest.fixture(scope="session")
def require() -> Callable[[str, bool, str], None]:
    """`require("browser", found, "no Chromium")` skips, or fails where the name is required."""

    def check(name: str, there: bool, why: str) -> None:
        if there:
            return
        if name in REQUIRED:
            pytest.fail(f"{name} is required here: {why}", pytrace=False)
        pytest.skip(f"{name}: {why}")

    return check


@pytest.fixture(autouse=True)
def _stay_on_this_machine() -> Iterator[None]:
    """Only sockets to this machine are allowed."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket._remove_restrictions()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits and cached pages of one test are none of the next one's business."""
    yield
    cache.clear()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes, which may hold the time they were made, and long texts are no names for a test.

    Every worker of one run must come to the same names.
    """
    if isinstance(val, bytes):
        return argname
    if isinstance(val, str) and len(val) > 80:
        return f"{argname} of {len(val)} characters"
    return None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _skipped_for_want.update(
        str(text) for name, text in report.user_properties if name == "left out"
    )
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped_for_want.add(report.longrepr[2].removeprefix("Skipped: "))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out stands above the count, so that nobody takes a skip for a pass."""
    for reason in sorted(_skipped_for_want):
        terminalreporter.write_line(f"left out: {reason}", yellow=True)
