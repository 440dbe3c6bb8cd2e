"""Film reviews, each without some of its sentences, with other white space and other capitals.

The published labels of these reviews are known to everybody. White space and capitals alone would
not hide a text: in lower case and single-spaced it is the published one again. So one sentence in
sixteen is left out as well, at least one a review, others in each deployment. A person hardly
notices, and a table of whole texts finds next to none of them. What a table of parts may still find
stands in docs/security.md. Training reviews are disguised too, with other random numbers, so that a
validation set split off them measures the same thing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ONE_IN = 16  # so many sentences one is left out, the shorter of two drawn ones
FEWEST = 3  # shorter reviews are left whole
LOWERED = 0.2  # share of the reviews that lose all their capitals
FLIPPED = 0.02  # share of the words whose first letter changes its case
GAPS = (" ", "  ", "\n", "\n\n")
GAPS_UP_TO = (0.85, 0.92, 0.96, 1.0)  # their shares, added up

# After a full stop or the like, and where the site broke a line.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\s*(?:<br\s*/?>\s*)+|\s*\n\s*")
SHORT, LONG = 150, 300  # words


@dataclass(frozen=True)
class Reviews:
    """`ids` are positions in the published order, repeated reviews left out."""

    ids: Sequence[str]
    texts: Sequence[str]
    labels: NDArray[np.int64]  # 1 where the writer liked the film


def load(files: Mapping[str, Path]) -> Reviews:
    texts = json.loads(files["texts.json"].read_text(encoding="utf-8"))
    labels = np.load(files["labels.npy"], allow_pickle=False).astype(np.int64)
    return Reviews([f"imdb/{row}" for row in range(len(texts))], texts, labels)


def training(
    pool: Reviews, rows: NDArray[np.intp], random: np.random.Generator
) -> dict[str, list[str] | NDArray[np.int64]]:
    return {"train_x": inputs(pool, rows, random), "train_y": pool.labels[rows]}


def inputs(pool: Reviews, rows: NDArray[np.intp], random: np.random.Generator) -> list[str]:
    return [disguise(pool.texts[row], random) for row in rows]


def truth(pool: Reviews, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    return pool.labels[rows]


def groups(pool: Reviews, rows: NDArray[np.intp]) -> dict[str, list[str]]:
    """Short reviews give little to go by, and long ones say both things."""
    words = np.array([len(pool.texts[row].split()) for row in rows])
    long = np.where(words < LONG, f"{SHORT} to {LONG - 1} words", f"{LONG} words or more")
    return {"length": np.where(words < SHORT, f"below {SHORT} words", long).tolist()}


def disguise(text: str, random: np.random.Generator) -> str:
    """The review as another hand might have cut and typed it."""
    sentences = [part for part in _SENTENCE_END.split(text) if part]
    kept = np.ones(len(sentences), dtype=bool)
    if len(sentences) >= FEWEST:
        pairs = random.permutation(len(sentences))[: 2 * -(-len(sentences) // ONE_IN)]
        for pair in pairs.reshape(-1, 2):
            kept[min(pair, key=lambda place: len(sentences[place]))] = False
    gaps = np.searchsorted(GAPS_UP_TO, random.random(len(sentences)))
    joined = "".join(sentences[n] + GAPS[gaps[n]] for n in np.flatnonzero(kept)).rstrip()
    words = joined.split(" ")
    for place in np.flatnonzero(random.random(len(words)) < FLIPPED):
        words[place] = words[place][:1].swapcase() + words[place][1:]
    shown = " ".join(words)
    return shown.lower() if random.random() < LOWERED else shown
