"""The look at an upload before it is queued: nothing of it is run or stored."""

import difflib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

from django.conf import settings

from labs.domain.notebooks import DroppedLine
from labs.domain.preflight import Finding, Import, imports, inspect_module, parsed, refusal
from labs.domain.refusals import UploadRefused
from labs.domain.uploads import ENTRY, Solution, Upload, UploadKind, unpack
from labs.selectors import lab
from studyhub.base.words import counted

# What a learner is most likely to look for, as it is imported; those that are here are named.
_USUAL = (
    "numpy", "pandas", "scipy", "sklearn", "torch", "torchvision", "timm", "PIL", "matplotlib",
    "safetensors", "tokenizers", "transformers", "fastai", "xgboost", "lightgbm", "tqdm",
)  # fmt: skip
KIT = "labs.kit"
# Modules beside the entry point are looked at up to here: a zip of a few kB can hold ten million
# bytes of statements, whose trees would fill the machine.
LOOKED_AT_BYTES = 500_000


@dataclass(frozen=True)
class Check:
    """What was found. `problems` keep the upload out; `warnings` are told and change nothing.

    files: paths of what would be run; dropped: lines of a notebook that are no Python.
    """

    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedLine, ...] = ()
    files: tuple[str, ...] = ()
    kind: str = ""

    @property
    def installed(self) -> Sequence[str]:
        """What learners usually import and can here."""
        return installed()

    @property
    def ok(self) -> bool:
        return not self.problems


def check(lab_slug: str, upload: Upload) -> Check:
    """Everything wrong with an upload at once, without handing it in. Raises LabUnknown."""
    lab(lab_slug)
    try:
        solution = unpack(upload)
    except UploadRefused as refused:
        return refused_check(refused, upload.name)
    findings = _findings(solution, upload.name)
    return Check(
        problems=tuple(one for one in findings if one.certain),
        warnings=tuple(one for one in findings if not one.certain),
        dropped=solution.dropped,
        files=tuple(sorted(solution.files)),
        kind=str(solution.kind),
    )


def refused_check(refused: UploadRefused, name: str = "") -> Check:
    return Check((Finding(refused.reason, refused.message, refused.cure, name),))


def accept(upload: Upload) -> Solution:
    """The code of an upload that can be queued. Raises UploadRefused with all its problems."""
    solution = unpack(upload)
    problems = [one for one in _findings(solution, upload.name) if one.certain]
    if problems:
        raise refusal(problems)
    return solution


def _findings(solution: Solution, upload_name: str) -> list[Finding]:
    entry = f"{ENTRY}.py"
    shown = solution.shown_as(upload_name)
    tree, findings = inspect_module(solution.files[entry], name=shown, place=solution.place)
    found = [] if tree is None else imports({entry: tree})
    looked_at, left_out = _looked_at(solution)
    for path in looked_at:
        other = parsed(solution.files[path], name=path)
        if isinstance(other, Finding):
            # It may be that nobody imports it.
            findings.append(replace(other, certain=False))
        else:
            found += imports({path: other})
    # A module that does not parse is still one's own.
    known = {Path(path).parts[0].removesuffix(".py") for path in solution.files}
    for one in found:
        if one.name.partition(".")[0] not in known and not _is_here(one.name):
            findings.append(_missing(one, solution, shown))
    if solution.unmarked:
        said = f"{counted(solution.unmarked, 'code cell')} of the notebook will not run."
        cure = "Only cells that start with `#| export` count, where there are any."
        findings.append(Finding("unmarked_cells", said, cure, upload_name, certain=False))
    if left_out:
        said = f"{counted(left_out, 'module')} of the zip {'was' if left_out == 1 else 'were'}"
        findings.append(Finding("too_large", f"{said} not looked at.", "", certain=False))
    return findings


def _looked_at(solution: Solution) -> tuple[list[str], int]:
    """Paths of the modules beside the entry point that are parsed, and how many are not."""
    paths = sorted(path for path in solution.files if path.endswith(".py"))
    paths.remove(f"{ENTRY}.py")
    sizes = accumulate(len(solution.files[path]) for path in paths)
    looked_at = [path for path, size in zip(paths, sizes, strict=True) if size <= LOOKED_AT_BYTES]
    return looked_at, len(paths) - len(looked_at)


def _missing(one: Import, solution: Solution, shown: str) -> Finding:
    at_entry = one.file == f"{ENTRY}.py"
    place = solution.place(one.line) if at_entry else f"line {one.line}"
    where = f"{shown if at_entry else one.file}, {place}"
    here = installed()
    close = difflib.get_close_matches(one.name, here, n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]}? " if close else ""
    marks = ""
    if solution.kind is UploadKind.NOTEBOOK and not solution.unmarked:
        marks = " Cells of your own can stay out: start those that count with `#| export`."
    return Finding(
        "missing_import",
        f"{where}: {one.name} is not there." if one.certain
        else f"{where}: {one.name} is not there; the run fails where it is needed.",
        f"{meant}Here are {', '.join(here)} and Python's own library.{marks}",
        shown if at_entry else one.file,
        one.line,
        # Beside the entry point, it may be that nobody imports the module.
        certain=one.certain and at_entry,
    )  # fmt: skip


def installed() -> Sequence[str]:
    """What learners usually import and can here, by the name they import."""
    return [*(name for name in _USUAL if _is_here(name)), KIT]


@lru_cache(maxsize=512)
def _is_here(name: str) -> bool:
    """Looks for it on the path of this Python, which jobs share; nothing is imported."""
    if name in sys.stdlib_module_names or name == KIT:
        return True
    if name.partition(".")[0] == "labs":
        return False
    try:
        spec = find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and not _is_the_sites_own(spec)


def _is_the_sites_own(spec: ModuleSpec) -> bool:
    """The site's code lies on the same path, and in no sandbox."""
    places = [Path(place) for place in (spec.submodule_search_locations or [spec.origin or ""])]
    return any(
        place.is_relative_to(settings.BASE_DIR) and "site-packages" not in place.parts
        for place in places
    )
