"""Film reviews, typed anew: a word missing here and there, other white space, other capitals.

The published labels of these reviews are known to everybody. White space and capitals alone would
not hide a text: in lower case and single-spaced it is the published one again. So each sentence of
some length misses a word as well, another one in each deployment, but none that denies. A person
reads over it, and a table of whole texts or of whole sentences finds next to none of them. What a
table of shorter parts may still find stands in docs/security.md. Training reviews are disguised
too, with other random numbers, so that a validation set split off them measures the same thing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FEWEST = 4  # words of a sentence that misses one
LOWERED = 0.2  # share of the reviews that lose all their capitals
FLIPPED = 0.02  # share of the words whose first letter changes its case
GAPS = (" ", "  ", "\n", "\n\n")
GAPS_UP_TO = (0.85, 0.92, 0.96, 1.0)  # their shares, added up

# After a full stop or the like, and where the site broke a line.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\s*(?:<br\s*/?>\s*)+|\s*\n\s*")
_DENIES = re.compile(r"(?i)^\W*(?:no|not|never|nothing|without|hardly|cannot)\b|n't\b")
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
    """The review as another hand might have typed it."""
    sentences = [part.split(" ") for part in _SENTENCE_END.split(text) if part]
    draws = random.random((2, len(sentences)))
    for words, draw in zip(sentences, draws[0], strict=True):
        place = int(draw * len(words))
        if len(words) >= FEWEST and not _DENIES.search(words[place]):
            del words[place]
    gaps = np.searchsorted(GAPS_UP_TO, draws[1])
    typed = "".join(" ".join(words) + GAPS[gap] for words, gap in zip(sentences, gaps, strict=True))
    all_words = typed.rstrip().split(" ")
    for place in np.flatnonzero(random.random(len(all_words)) < FLIPPED):
        all_words[place] = all_words[place][:1].swapcase() + all_words[place][1:]
    shown = " ".join(all_words)
    return shown.lower() if random.random() < LOWERED else shown
