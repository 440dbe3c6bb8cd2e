from collections.abc import Callable
from pathlib import Path

import pytest

from labs.domain.errors import NoSandbox
from labs.sandbox import Sandbox, choose
from labs.sandbox.trusted import TrustedSandbox
from tests.sandbox.lab import SmallLab


@pytest.fixture(scope="session")
def sandbox(require: Callable[[str, bool, str], None]) -> Sandbox:
    """The sandbox that the site would choose here."""
    try:
        return choose()
    except NoSandbox as none:
        require("sandbox", False, f"{none.message} {none.cure}")
        raise


@pytest.fixture
def lab(tmp_path: Path, sandbox: Sandbox) -> SmallLab:
    return SmallLab(tmp_path / "lab", sandbox)


@pytest.fixture
def trusting_lab(tmp_path: Path) -> SmallLab:
    return SmallLab(tmp_path / "lab", TrustedSandbox())
