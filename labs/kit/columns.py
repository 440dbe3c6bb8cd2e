"""Columns before a model sees them: alike, drifting, or a date that has more to say."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier


def alike_columns(frame: pd.DataFrame, at_least: float = 0.9) -> list[tuple[str, str, float]]:
    """Pairs of columns that order the rows nearly alike (Spearman's rank correlation, 1904):
    one of the two can go. Only columns of numbers are looked at."""
    ranks = frame.select_dtypes("number").corr(method="spearman").abs()
    names = list(ranks)
    pairs = [
        (first, second, float(ranks.loc[first, second]))
        for at, first in enumerate(names)
        for second in names[at + 1 :]
        if ranks.loc[first, second] >= at_least
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def drifting_columns(train: pd.DataFrame, valid: pd.DataFrame, seed: int = 0) -> dict[str, float]:
    """By which columns a forest can tell training rows from validation rows, largest first.

    Columns of time and counters stand on top: a model that relies on them fails later (the book's
    chapter 9). Counted is what the forest's own splits gain: counters rise together, and of columns
    alike, shuffling one is hardly noticed. Only columns of numbers are looked at.
    """
    both = pd.concat([train, valid], ignore_index=True).select_dtypes("number")
    where = np.repeat([0, 1], [len(train), len(valid)])
    forest = RandomForestClassifier(100, min_samples_leaf=5, random_state=seed).fit(both, where)
    pairs = zip(both.columns, forest.feature_importances_.tolist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: -pair[1]))


def date_parts(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The table with that date as numbers a tree can cut: year, month, week, day, weekday,
    whether the month ends, and days since 1970 (after the book's chapter 9). The column goes."""
    dates = pd.to_datetime(frame[column])
    parts = {
        "year": dates.dt.year,
        "month": dates.dt.month,
        "week": dates.dt.isocalendar().week.astype("float"),
        "day": dates.dt.day,
        "weekday": dates.dt.day_of_week,
        "month_end": dates.dt.is_month_end,
        "days": (dates - pd.Timestamp(0)).dt.days,
    }
    named = {f"{column}_{part}": values for part, values in parts.items()}
    return frame.drop(columns=column).assign(**named)
