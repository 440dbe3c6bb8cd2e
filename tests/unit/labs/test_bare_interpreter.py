"""What runs in a sandbox runs without the site: no Django, no Celery, no settings."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_LOAD = """
import importlib, pkgutil, sys
sys.path.insert(0, {root!r})
for part in {parts!r}:
    package = importlib.import_module(part)
    for module in pkgutil.walk_packages(package.__path__, part + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
loaded = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(loaded & {{"django", "rest_framework", "celery", "kombu", "psycopg", "studyhub"}}))
print("labs.models" in sys.modules, "torch" in sys.modules)
"""


@pytest.mark.parametrize(
    ("parts", "torch"), [(["labs.harness"], False), (["labs.harness", "labs.kit"], None)]
)
def test_harness_and_kit_load_in_a_bare_interpreter(parts: list[str], torch: bool | None) -> None:
    """-I: no environment, no user site, nothing of this folder on the path."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _LOAD.format(root=str(ROOT), parts=parts)],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    site, rest = done.stdout.splitlines()
    assert site == "[]"
    models, torch_loaded = rest.split()
    assert models == "False"
    if torch is not None:
        assert torch_loaded == str(torch)
