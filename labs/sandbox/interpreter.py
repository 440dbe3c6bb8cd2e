"""Which folders this Python needs, wherever it was installed, and how it is started from them."""

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

SYSTEM = Path("/usr")
_PARTS = ("bin", "include", "lib", "lib32", "lib64", "pyvenv.cfg")
_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Interpreter:
    """folders: to bind at their own paths; links: symbolic links on the way to the executable."""

    executable: Path
    folders: tuple[Path, ...]
    links: tuple[tuple[str, Path], ...]
    library_path: str


def this_interpreter() -> Interpreter:
    executable = Path(sys.executable)
    prefixes = dict.fromkeys(
        path
        for prefix in (sys.prefix, sys.base_prefix)
        for path in (Path(prefix), Path(prefix).resolve())
        if not path.is_relative_to(SYSTEM) and path != Path("/")
    )
    folders = tuple(
        prefix / part for prefix in prefixes for part in _PARTS if (prefix / part).exists()
    )
    covered = (SYSTEM, *folders)
    links = tuple(
        (os.readlink(link), link)
        for link in _link_chain(executable)
        if not any(link.is_relative_to(folder) for folder in covered)
    )
    return Interpreter(executable, folders, links, _library_path())


def code() -> tuple[Path, dict[str, Path]]:
    """The project's folder, and the parts of it that run in a sandbox: no settings, no grader."""
    parts = (
        "labs/__init__.py",
        "labs/domain/__init__.py",
        "labs/domain/jobs.py",
        "labs/harness",
        "labs/kit",
    )
    return _PROJECT, {part: _PROJECT / part for part in parts}


def _link_chain(path: Path) -> list[Path]:
    chain = []
    while path.is_symlink() and path not in chain:
        chain.append(path)
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
    return chain


def _library_path() -> str:
    """Where libpython is, for a Python that is built around a shared library."""
    folder = Path(sys.base_prefix).resolve() / "lib"
    name = sysconfig.get_config_var("INSTSONAME") or ""
    if not name or folder.is_relative_to(SYSTEM) or not (folder / name).exists():
        return ""
    return str(folder)
