"""What is compared: the labs, how large a ratio is allowed, and how their data are cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

REVIEWS, TOKENS, ASKED = 2_000, 128, 1_500


@dataclass(frozen=True)
class Side:
    """One row. `slug` is the lab, `most` the largest ratio of fit times that is promised (None:
    there is no fastai's own way, or it takes hours). `reviews` cuts the texts, see `cut_reviews`.
    """

    name: str
    slug: str
    most: float | None = None
    reviews: bool = False


SIDES = (
    Side("mnist-baseline", "mnist-baseline"),
    Side("mnist-digits", "mnist-digits", most=0.5),
    Side("pets", "pets", most=0.5),
    Side("imdb-2000", "imdb", most=0.2, reviews=True),
    Side("imdb", "imdb"),
    Side("adult-census", "adult-census", most=0.2),
    Side("movielens", "movielens", most=0.1),
    Side("cam", "cam"),
)
MEAN_AT_MOST = 0.25


def cut_reviews(data: Any, inputs: Any) -> tuple[Any, Any]:
    """The first 2,000 training reviews and 1,500 hidden ones, each cut to 128 words and signs."""
    train = SimpleNamespace(**vars(data))
    train.train_x = [_beginning(text) for text in data.train_x[:REVIEWS]]
    train.train_y = data.train_y[:REVIEWS]
    return train, [_beginning(text) for text in inputs[:ASKED]]


def _beginning(text: str) -> str:
    """Words and signs are counted as a tokenizer would, roughly: fastai's adds a few of its own."""
    end, count, inside = 0, 0, False
    for end, sign in enumerate(text):
        word = sign.isalnum()
        if not sign.isspace() and not (word and inside):
            count += 1
            if count > TOKENS:
                return text[:end]
        inside = word
    return text[: end + 1]


def shortened(data: Any, rows: int) -> Any:
    """The first rows alone, to try the path; figures of such a run say nothing."""
    short = SimpleNamespace(**vars(data))
    short.train_x = _first(data.train_x, rows)
    short.train_y = _first(data.train_y, rows)
    return short


def _first(values: Any, rows: int) -> Sequence[Any]:
    return values.iloc[:rows] if hasattr(values, "iloc") else values[:rows]
