"""A Python that another user can start, where the installed one lies in a closed home."""

import sys
from collections.abc import Iterator
from pathlib import Path

from labs.sandbox.interpreter import SYSTEM, Interpreter, this_interpreter
from labs.sandbox.jobfolder import JobFolder, everybody_passes, link_tree
from labs.sandbox.protocol import SandboxBroken

# Much of an installed Python is its tests, its tools and what was installed beside them.
_LEFT_OUT = frozenset(("site-packages", "test", "tests", "idlelib", "lib2to3", "ensurepip"))


def reachable_interpreter(folder: JobFolder) -> Interpreter:
    """This Python; where the job's user cannot reach it, a linked copy within the job's folder.

    Only the standard library is copied: the packages must be in a virtual environment that can be
    reached. Raises SandboxBroken with what to type where they are not.
    """
    python = this_interpreter()
    closed = [path for path in _prefixes() if not everybody_passes(path / "lib")]
    if folder.uid is None or not closed:
        return python
    environment, base = Path(sys.prefix), Path(sys.base_prefix).resolve()
    if environment == base or environment in closed:
        raise SandboxBroken(
            f"As root, a job has a user of its own, which cannot enter {environment}. Install the "
            "project where every user may look (/opt, /srv), or start the worker as the user who "
            "installed it."
        )
    return _linked(folder, python, environment, base)


def _prefixes() -> Iterator[Path]:
    for prefix in dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix).resolve())):
        if not prefix.is_relative_to(SYSTEM):
            yield prefix


def _linked(folder: JobFolder, python: Interpreter, environment: Path, base: Path) -> Interpreter:
    copy, own = folder.path / "python", folder.path / "environment"
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
