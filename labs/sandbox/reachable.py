"""A Python that another user can start, where the installed one lies in a closed home.

It is a copy by hard links, which takes a second and thousands of names. So a worker makes one for
all its jobs: root's own, read-only to them like `/usr`.
"""

import atexit
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from labs.sandbox.interpreter import SYSTEM, Interpreter, this_interpreter
from labs.sandbox.jobfolder import everybody_passes, link_tree
from labs.sandbox.protocol import SandboxBroken
from labs.sandbox.temporary import HeldFolder, sweep

# Much of an installed Python is its tests, its tools and what was installed beside them.
_LEFT_OUT = frozenset(("site-packages", "test", "tests", "idlelib", "lib2to3", "ensurepip"))
_PREFIX = "studyhub-python-"

_making = threading.Lock()
_made: dict[Path, Interpreter] = {}  # by the folder of the copy: one, or none yet


def reachable_interpreter(uid: int | None) -> Interpreter:
    """This Python; where the user `uid` cannot reach it, a linked copy that everybody reaches.

    Only the standard library is copied: the packages must be in a virtual environment that can be
    reached. Raises SandboxBroken with what to type where they are not.
    """
    python = this_interpreter()
    closed = [path for path in _prefixes() if not everybody_passes(path / "lib")]
    if uid is None or not closed:
        return python
    environment, base = Path(sys.prefix), Path(sys.base_prefix).resolve()
    if environment == base or environment in closed:
        raise SandboxBroken(
            f"As root, a job has a user of its own, which cannot enter {environment}. Install the "
            "project where every user may look (/opt, /srv), or start the worker as the user who "
            "installed it."
        )
    with _making:
        for folder, made in _made.items():
            if folder.is_dir():
                return made
        _made.clear()
        sweep(_PREFIX)
        folder = _own_folder()
        return _made.setdefault(folder, _linked(folder, python, environment, base))


def _own_folder() -> Path:
    folder = HeldFolder(_PREFIX)
    folder.path.chmod(0o755)
    atexit.register(_remove_at_exit, folder, os.getpid())
    return folder.path


def _remove_at_exit(folder: HeldFolder, maker: int) -> None:
    if os.getpid() == maker:
        folder.remove()


def _prefixes() -> Iterator[Path]:
    for prefix in dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix).resolve())):
        if not prefix.is_relative_to(SYSTEM):
            yield prefix


def _linked(folder: Path, python: Interpreter, environment: Path, base: Path) -> Interpreter:
    copy, own = folder / "python", folder / "environment"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (copy / "bin").mkdir(parents=True)
    (copy / "lib").mkdir()
    link_tree(python.executable.resolve(), copy / "bin" / version)
    for library in (base / "lib").glob("libpython*"):
        link_tree(library, copy / "lib" / library.name)
    link_tree(base / "lib" / version, copy / "lib" / version, leave_out=_LEFT_OUT)
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to(copy / "bin" / version)
    (own / "lib").symlink_to(environment / "lib")
    (own / "pyvenv.cfg").write_text(f"home = {copy / 'bin'}\n")
    shown = tuple(path for path in python.folders if path.is_relative_to(environment))
    return Interpreter(
        executable=own / "bin" / "python",
        folders=(copy, own, *shown),
        links=(),
        library_path=str(copy / "lib") if python.library_path else "",
    )
