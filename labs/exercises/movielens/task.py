"""Ratings out of MovieLens 100k, with people and films numbered anew and times made coarse.

The published table is known to everybody, and its numbers name each rating. What breaks the plain
ways of looking one up: every deployment draws numbers of its own for people and films; a time is
told by the day, and each person's days are moved by up to a week. The order of the times, which a
model may learn from, stays. Films keep their titles, which half of this lab is about; what that
leaves possible stands in docs/security.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAY = 86_400  # seconds
MOVED = 7  # days, each way
RARE, COMMON = 20, 100  # ratings a film has in all


@dataclass(frozen=True)
class Ratings:
    """`ids` name a person and a film as published; both numbers in `table` may be others."""

    ids: Sequence[str]
    table: pd.DataFrame  # user, item, timestamp
    given: NDArray[np.float32]  # 1 to 5
    films: pd.DataFrame  # item, title, year, genres


def load(files: Mapping[str, Path]) -> Ratings:
    with np.load(files["ratings.npz"], allow_pickle=False) as ratings:
        table = pd.DataFrame({name: ratings[name] for name in ("user", "item", "timestamp")})
        given = ratings["rating"].astype(np.float32)
    with np.load(files["items.npz"], allow_pickle=False) as items:
        films = pd.DataFrame({name: items[name] for name in items.files})
    ids = [f"movielens/{user}/{item}" for user, item in zip(table.user, table.item, strict=True)]
    return Ratings(ids=ids, table=table, given=given, films=films)


def renamed(pool: Ratings, random: np.random.Generator) -> Ratings:
    """Numbers of this deployment's own, from 0 on, and days instead of seconds."""
    users, films = _numbers(pool.table.user, random), _numbers(pool.films["item"], random)
    moved = random.integers(-MOVED, MOVED, len(users), endpoint=True)
    user = pool.table.user.map(users).to_numpy(np.int64)
    days = pool.table.timestamp.to_numpy() // DAY + moved[user]
    table = pd.DataFrame(
        {"user": user, "item": pool.table["item"].map(films).to_numpy(), "timestamp": days * DAY}
    )
    numbered = pool.films.assign(item=pool.films["item"].map(films)).sort_values("item")
    return replace(pool, table=table, films=numbered.reset_index(drop=True))


def _numbers(names: "pd.Series[int]", random: np.random.Generator) -> dict[int, int]:
    known = np.unique(names.to_numpy())
    return dict(zip(known.tolist(), random.permutation(len(known)).tolist(), strict=True))


def training(
    pool: Ratings, rows: NDArray[np.intp], random: np.random.Generator
) -> dict[str, NDArray[np.float32] | pd.DataFrame]:
    return {"train_x": _rows(pool, rows), "train_y": pool.given[rows], "items": pool.films}


def inputs(pool: Ratings, rows: NDArray[np.intp], random: np.random.Generator) -> pd.DataFrame:
    return _rows(pool, rows)


def truth(pool: Ratings, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    return pool.given[rows]


def groups(pool: Ratings, rows: NDArray[np.intp]) -> dict[str, list[str]]:
    """Films with few ratings are the harder ones, and a mean over all ratings hides them."""
    ratings_of = np.bincount(pool.table["item"], minlength=len(pool.films))
    count = ratings_of[pool.table["item"].to_numpy()[rows]]
    names = np.where(count < RARE, f"below {RARE}", f"{RARE} to {COMMON - 1}")
    return {"ratings of the film": np.where(count < COMMON, names, f"{COMMON} or more").tolist()}


def captions(pool: Ratings, rows: NDArray[np.intp]) -> list[str]:
    """Who rated what, for the examples that a run's page shows."""
    chosen = _rows(pool, rows)
    titles = pool.films.set_index("item").title
    return [
        f"Person {user} on {titles[item]}"
        for user, item in zip(chosen.user, chosen["item"], strict=True)
    ]


def _rows(pool: Ratings, rows: NDArray[np.intp]) -> pd.DataFrame:
    return pool.table.iloc[rows].reset_index(drop=True)
