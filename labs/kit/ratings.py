"""Collaborative filtering: what people like, from what people liked."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def sigmoid_range(values: Tensor, low: float, high: float) -> Tensor:
    """Into the range from low to high, ends excluded: give it a little more than ratings have
    (the book's chapter 8)."""
    return torch.sigmoid(values) * (high - low) + low


class DotProduct(nn.Module):
    """A rating is the dot product of the user's factors and the item's, plus a bias of each.

    (Koren and others, Matrix factorization techniques for recommender systems, 2009.) Called with
    two int tensors (n,), users and items; gives (n,). between: the range of a sigmoid, None for
    none; bias=False leaves the plain product.
    """

    def __init__(
        self,
        users: int,
        items: int,
        *,
        factors: int = 50,
        bias: bool = True,
        between: tuple[float, float] | None = (0.0, 5.5),
    ) -> None:
        super().__init__()
        self.users, self.items = _embedding(users, factors), _embedding(items, factors)
        self.user_bias = _embedding(users, 1) if bias else None
        self.item_bias = _embedding(items, 1) if bias else None
        self.between = between

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        out = cast(Tensor, (self.users(users) * self.items(items)).sum(1))
        if self.user_bias is not None and self.item_bias is not None:
            out = out + (self.user_bias(users) + self.item_bias(items))[:, 0]
        return out if self.between is None else sigmoid_range(out, *self.between)


class RatingNet(nn.Module):
    """The neural variant: both embeddings side by side, then linear layers with ReLU.

    (He and others, Neural collaborative filtering, 2017.) The two may differ in width.
    """

    def __init__(
        self,
        users: int,
        items: int,
        *,
        factors: tuple[int, int] = (74, 101),
        layers: Sequence[int] = (100,),
        dropout: float = 0.0,
        between: tuple[float, float] | None = (0.0, 5.5),
    ) -> None:
        super().__init__()
        self.users, self.items = _embedding(users, factors[0]), _embedding(items, factors[1])
        parts: list[nn.Module] = []
        last = sum(factors)
        for units in layers:
            parts += [nn.Linear(last, units), nn.ReLU(), nn.Dropout(dropout)]
            last = units
        self.layers = nn.Sequential(*parts, nn.Linear(last, 1))
        self.between = between

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        both = torch.cat([self.users(users), self.items(items)], dim=1)
        out = cast(Tensor, self.layers(both)[:, 0])
        return out if self.between is None else sigmoid_range(out, *self.between)


def nearest(factors: Tensor, row: int, count: int = 10) -> list[tuple[int, float]]:
    """(row, cosine) of those whose factors point most nearly the same way, itself left out
    (the book's chapter 8)."""
    alike = F.cosine_similarity(factors, factors[row : row + 1]).index_fill(
        0, torch.tensor([row], device=factors.device), -torch.inf
    )
    best = alike.topk(min(count, len(factors) - 1))
    return list(zip(best.indices.tolist(), best.values.tolist(), strict=True))


def bias_ranking(bias: Tensor, count: int = 10) -> tuple[list[int], list[int]]:
    """(rows of the lowest biases, of the highest): films that even those who like their kind do
    not like, and films that also others like. It is no mean rating: who rates is allowed for
    (the book's chapter 8)."""
    order = bias.detach().flatten().argsort().tolist()
    return order[:count], order[::-1][:count]


def principal_axes(factors: Tensor, count: int = 3) -> Tensor:
    """(n, count): where each row lies along the directions in which rows differ most (PCA,
    Pearson, 1901). Which end of an axis is positive is arbitrary."""
    centred = factors.detach() - factors.detach().mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    return torch.matmul(centred, directions[:count].T)


def _embedding(rows: int, width: int) -> nn.Embedding:
    table = nn.Embedding(rows, width)
    nn.init.trunc_normal_(table.weight, std=0.01)
    return table
