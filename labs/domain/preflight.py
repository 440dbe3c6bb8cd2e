"""What can be said about a module before it runs: that it parses, and has train and predict."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator

from labs.domain.refusals import UploadRefused

REQUIRED = ("train", "predict")
_SKELETON = "def train(data, run): ... and def predict(model, inputs, run): ..."


def check_module(content: bytes, *, name: str) -> None:
    """Raises UploadRefused, with the line, where `content` is no Python or lacks an entry point.

    Only the syntax tree is read. Names count wherever the module binds them: by def, by import,
    by assignment, inside `if` and `try`; `from x import *` may bind anything and is believed.
    """
    tree = _parsed(_decoded(content, name), name)
    bound = set(_bound_names(tree.body))
    if "*" in bound:
        return
    missing = [function for function in REQUIRED if function not in bound]
    if missing:
        raise UploadRefused(
            f"{name} does not define {' and '.join(missing)}.",
            cure=f"Both are called by the lab: {_SKELETON}",
            reason="missing_function",
        )
    _check_parameters(tree, name)


def _decoded(content: bytes, name: str) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as problem:
        raise _no_python(name, "it is no text.") from problem


def _parsed(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text, filename=name)
    except SyntaxError as problem:
        line = f"line {problem.lineno}: " if problem.lineno else ""
        source = (problem.text or "").strip()
        shown = f" ({source[:80]})" if source else ""
        raise _no_python(name, f"{line}{problem.msg}{shown}.") from problem
    except (RecursionError, MemoryError) as problem:
        raise _no_python(name, "an expression is nested too deeply.") from problem
    except ValueError as problem:
        raise _no_python(name, f"{problem}.") from problem


def _no_python(name: str, why: str) -> UploadRefused:
    return UploadRefused(
        f"{name} is not valid Python: {why}",
        cure="Mend it and send it again; nothing was queued.",
        reason="syntax",
    )


def _bound_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
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
                    yield from _bound_names(getattr(statement, block, ()))
                for handler in getattr(statement, "handlers", ()):
                    yield from _bound_names(handler.body)


def _check_parameters(tree: ast.Module, name: str) -> None:
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
        raise UploadRefused(
            f"{name}, line {statement.lineno}: {statement.name} takes {positional} "
            f"parameters; the lab calls it with {count}.",
            cure=f"Write def {statement.name}({', '.join(wanted[statement.name])}): ...",
            reason="missing_function",
        )
