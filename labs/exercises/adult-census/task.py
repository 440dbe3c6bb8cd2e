"""Rows of the 1994 census of the United States, and who earned more than 50,000 dollars a year.

The published rows carry their answers, and three in four are the only one of their kind even
without the weight column. So what would find a row again is blurred: weights are dealt anew among
all people, and ages and weekly hours move by up to five. A table of the published rows then finds
the right one in one case of seventeen and gains nothing over a model. Training rows are blurred
too, with other random numbers, so that a validation set split off them measures the same thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = (
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status"),
    *("occupation", "relationship", "race", "sex", "capital-gain", "capital-loss"),
    *("hours-per-week", "native-country"),
)
UNKNOWN = "?"  # as published; a missing value for the learner
BLUR = 5  # years of age, and hours a week, up or down
RANGES = {"age": (17, 90), "hours-per-week": (1, 99)}  # as published


@dataclass(frozen=True)
class People:
    """`ids` are positions in the published order: adult.data, then adult.test."""

    ids: Sequence[str]
    rows: pd.DataFrame
    earns_more: NDArray[np.int64]


def load(files: Mapping[str, Path]) -> People:
    with np.load(files["adult.npz"], allow_pickle=False) as published:
        rows = pd.DataFrame({name: published[name] for name in COLUMNS})
        earns_more = published["income"].astype(np.int64)
    return People([f"adult/{row}" for row in range(len(rows))], rows, earns_more)


def training(
    pool: People, rows: NDArray[np.intp], random: np.random.Generator
) -> dict[str, pd.DataFrame | NDArray[np.int64]]:
    return {"train_x": blurred(pool, rows, random), "train_y": pool.earns_more[rows]}


def inputs(pool: People, rows: NDArray[np.intp], random: np.random.Generator) -> pd.DataFrame:
    return blurred(pool, rows, random)


def truth(pool: People, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    return pool.earns_more[rows]


def groups(pool: People, rows: NDArray[np.intp]) -> dict[str, Sequence[str]]:
    people = pool.rows.iloc[rows]
    bands = np.select(
        [people["age"] < 30, people["age"] < 50], ["under 30", "30 to 49"], "50 and over"
    )
    return {"sex": list(people["sex"]), "race": list(people["race"]), "age": list(bands)}


def captions(pool: People, rows: NDArray[np.intp]) -> list[str]:
    """Who somebody is, in words that many share."""
    people = pool.rows.iloc[rows].replace(UNKNOWN, "unknown work")
    columns = (people["occupation"], people["education"], people["marital-status"], people["sex"])
    return [
        f"{age // 10 * 10}s, {', '.join(words)}"
        for age, *words in zip(people["age"], *columns, strict=True)
    ]


def blurred(pool: People, rows: NDArray[np.intp], random: np.random.Generator) -> pd.DataFrame:
    """The people at `rows`, "?" as missing, blurred as the module says.

    A weight says how many Americans a row stands for; it tells next to nothing about income, so
    dealing it anew costs no model anything. Blurring costs the best of them .002.
    """
    people = pool.rows.iloc[rows].reset_index(drop=True)
    people["fnlwgt"] = random.choice(pool.rows["fnlwgt"].to_numpy(), len(people))
    for name, (low, high) in RANGES.items():
        moved = people[name] + random.integers(-BLUR, BLUR, len(people), endpoint=True)
        people[name] = moved.clip(low, high)
    return people.replace(UNKNOWN, np.nan)
