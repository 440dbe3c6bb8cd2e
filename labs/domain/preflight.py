"""What can be said about code before it runs: that it parses, has train and predict, and imports
what is there. Only syntax trees are read."""

import ast
import codecs
import io
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from labs.domain.refusals import UploadRefused

REQUIRED = ("train", "predict")
_SKELETON = "`def train(data, run): ...` and `def predict(model, inputs, run): ...`"
# Reading them takes the square of the length in time: seconds for a small file.
_FOR_HOST_NAMES = frozenset({"punycode", "idna"})
# Names the place of a line for the learner: a notebook's lines are counted by cell.
Place = Callable[[int], str]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or (not `certain`) may turn out to be.

    `reason` is a slug: syntax, missing_function, missing_import, or what UploadRefused names.
    `line` counts from 1 in `file`, None where no single line is at fault.
    """

    reason: str
    message: str
    cure: str
    file: str = ""
    line: int | None = None
    certain: bool = True


@dataclass(frozen=True)
class Import:
    """`name` is the top of what is imported (`labs.kit` for anything of the labs').

    `certain`: on the module's top level, so that a missing one ends the run at once.
    """

    name: str
    file: str
    line: int
    certain: bool


def line_number(line: int) -> str:
    return f"line {line}"


def check_module(content: bytes, *, name: str, place: Place = line_number) -> None:
    """Raises UploadRefused, with the line, where `content` is no Python or lacks an entry point."""
    _, findings = inspect_module(content, name=name, place=place)
    if findings:
        raise refusal(findings)


def refusal(findings: Iterable[Finding]) -> UploadRefused:
    """All of them in one; the first is what the message says."""
    first, *others = findings
    refused = UploadRefused(first.message, cure=first.cure, reason=first.reason)
    refused.errors["file"] += [f"{other.message} {other.cure}" for other in others]
    return refused


def inspect_module(
    content: bytes, *, name: str, place: Place = line_number
) -> tuple[ast.Module | None, list[Finding]]:
    """The syntax tree, None where there is none, and everything wrong with the entry points.

    Names count wherever the module binds them: by def, by import, by assignment, inside `if` and
    `try`; `from x import *` may bind anything and is believed.
    """
    tree = parsed(content, name=name, place=place)
    if isinstance(tree, Finding):
        return None, [tree]
    bound = set(_bound_names(tree.body))
    if "*" in bound:
        return tree, []
    missing = [function for function in REQUIRED if function not in bound]
    findings = list(_parameters(tree, name, place))
    if missing:
        said = f"{name} does not define {' and '.join(missing)}."
        cure = f"Both are called by the lab: {_SKELETON}"
        findings.insert(0, Finding("missing_function", said, cure, name))
    return tree, findings


def parsed(content: bytes, *, name: str, place: Place = line_number) -> ast.Module | Finding:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if codecs.lookup(encoding).name in _FOR_HOST_NAMES:
            return _no_python(name, f"{encoding} is no encoding for a file.", 1)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        return _no_python(name, "it is no text.")
    try:
        return ast.parse(text, filename=name)
    except SyntaxError as problem:
        where = f"{place(problem.lineno)}: " if problem.lineno else ""
        source = (problem.text or "").strip()
        shown = f" (`{source[:80]}`)" if source and "`" not in source else ""
        return _no_python(name, f"{where}{problem.msg}{shown}.", problem.lineno)
    except (RecursionError, MemoryError):
        return _no_python(name, "an expression is nested too deeply.")
    except ValueError as problem:
        return _no_python(name, f"{problem}.")


def _no_python(name: str, why: str, line: int | None = None) -> Finding:
    cure = "Mend it and send it again; nothing was queued."
    return Finding("syntax", f"{name} is not valid Python: {why}", cure, name, line)


def imports(trees: Mapping[str, ast.Module]) -> list[Import]:
    """What the modules import from elsewhere: not relatively, and not from each other."""
    own = {PurePosixPath(path).parts[0].removesuffix(".py") for path in trees}
    found: dict[tuple[str, str, bool], Import] = {}
    for file, tree in trees.items():
        top = set(map(id, tree.body))
        for node in ast.walk(tree):
            for name in _imported(node):
                certain = id(node) in top
                if name.partition(".")[0] not in own:
                    line = getattr(node, "lineno", 1)
                    found.setdefault((file, name, certain), Import(name, file, line, certain))
    return sorted(found.values(), key=lambda one: (one.file, one.line))


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [_top(alias.name) for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            if module == "labs":
                return [f"labs.{alias.name}" for alias in node.names]
            return [_top(module)]
        case _:
            return []


def _top(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "labs" else parts[0]


def _bound_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    # By a list of what is left and not by recursion: each `elif` lies one deeper than the last.
    left = list(body)
    while left:
        statement = left.pop()
        match statement:
            case ast.FunctionDef(name=bound) | ast.ClassDef(name=bound):
                yield bound
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name).split(".")[0] for alias in names)
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr()):
                yield bound
            case _:
                for block in ("body", "orelse", "finalbody"):
                    left += getattr(statement, block, ())
                for handler in getattr(statement, "handlers", ()):
                    left += handler.body


def _parameters(tree: ast.Module, name: str, place: Place) -> Iterator[Finding]:
    wanted = {"train": ("data", "run"), "predict": ("model", "inputs", "run")}
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef) or statement.name not in wanted:
            continue
        parameters = statement.args
        positional = len(parameters.posonlyargs) + len(parameters.args)
        needed = positional - len(parameters.defaults)
        count = len(wanted[statement.name])
        takes = parameters.vararg is not None or positional >= count
        if statement.decorator_list or (takes and needed <= count):
            continue
        yield Finding(
            "missing_function",
            f"{name}, {place(statement.lineno)}: {statement.name} takes {positional} "
            f"parameters; the lab calls it with {count}.",
            f"Write def {statement.name}({', '.join(wanted[statement.name])}): ...",
            name,
            statement.lineno,
        )
