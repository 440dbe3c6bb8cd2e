"""Tables for a network: names become embeddings, numbers are brought to one scale."""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
import torch
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from torch import Tensor, nn

from labs.kit.ratings import sigmoid_range


def embedding_size(values: int) -> int:
    """How many numbers stand for one of that many values: min(600, round(1.6 * values ** .56)).

    A rule of thumb that fastai settled on by trial; 944 users get 74, 1,635 films 101.
    """
    if values < 1:
        raise ValueError("An embedding needs at least one value.")
    return min(600, round(1.6 * math.pow(values, 0.56)))


class TableCoder:
    """Learns from the training rows how to write any rows as (codes, numbers) for `TableNet`.

    Codes begin at 1; 0 is for what is missing or was not met in training. Numbers get the
    training rows' mean 0 and standard deviation 1; a missing one becomes the median, and a column
    of its own says that it was missing (the book's chapter 9).
    """

    def __init__(self, frame: pd.DataFrame, names: Sequence[str], numbers: Sequence[str]) -> None:
        self.names, self.numbers = list(names), list(numbers)
        absent = [name for name in self.names + self.numbers if name not in frame]
        if absent:
            raise ValueError(f"The table has no column {', '.join(absent)}; it has {list(frame)}.")
        self._codes = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        )
        self._scale = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True), StandardScaler()
        )
        if self.names:
            self._codes.fit(frame[self.names])
        if self.numbers:
            self._scale.fit(frame[self.numbers])

    @property
    def sizes(self) -> list[int]:
        """How many codes each column of names has, 0 included."""
        return [len(found) + 1 for found in self._codes.categories_] if self.names else []

    @property
    def width(self) -> int:
        """How many columns of numbers come out, those about missing ones included."""
        return len(self._scale[-1].mean_) if self.numbers else 0

    def __call__(self, frame: pd.DataFrame) -> tuple[Tensor, Tensor]:
        """int64 (n, names) and float32 (n, width)."""
        codes = (
            np.zeros((len(frame), 0))
            if not self.names
            else (self._codes.transform(frame[self.names]) + 1)
        )
        numbers = (
            np.zeros((len(frame), 0))
            if not self.numbers
            else (self._scale.transform(frame[self.numbers]))
        )
        return torch.from_numpy(codes).long(), torch.from_numpy(numbers).float()


class TableNet(nn.Module):
    """Embeddings of names beside normalised numbers, then linear layers with ReLU and batch norm.

    (Guo and Berkhahn, Entity embeddings of categorical variables, 2016.) sizes: codes a column,
    as `TableCoder.sizes`; outputs: classes, or 1 for a number, which then comes out as (n,);
    between: (low, high) that the number is kept within by a sigmoid.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        outputs: int,
        *,
        layers: Sequence[int] = (200, 100),
        dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        between: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, embedding_size(size)) for size in sizes)
        for table in self.embeddings:
            nn.init.trunc_normal_(cast(nn.Embedding, table).weight, std=0.01)
        self.embedding_dropout = nn.Dropout(embedding_dropout)
        self.scale = nn.BatchNorm1d(width) if width else nn.Identity()
        last = sum(embedding_size(size) for size in sizes) + width
        body: list[nn.Module] = []
        for units in layers:
            body += [nn.Linear(last, units, bias=False), nn.ReLU(), nn.BatchNorm1d(units)]
            body += [nn.Dropout(dropout)] if dropout else []
            last = units
        self.body = nn.Sequential(*body)
        self.head = nn.Linear(last, outputs)
        self.between = between

    def forward(self, codes: Tensor, numbers: Tensor) -> Tensor:
        found = [table(codes[:, at]) for at, table in enumerate(self.embeddings)]
        names = [self.embedding_dropout(torch.cat(found, 1))] if found else []
        out = cast(Tensor, self.head(self.body(torch.cat([*names, self.scale(numbers)], 1))))
        if out.shape[1] == 1:
            out = out[:, 0]
        return out if self.between is None else sigmoid_range(out, *self.between)
