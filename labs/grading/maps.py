"""Maps of where the evidence lies, judged against where the animal is.

A mask holds, for a square of pixels, ANIMAL, BACKGROUND or OUTLINE. The outline, a few pixels
wide, belongs to neither: whoever drew it could not say.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

BACKGROUND, ANIMAL, OUTLINE = 0, 1, 2

Maps = NDArray[np.float64]
Masks = NDArray[np.uint8]


def resized(maps: Maps, size: int) -> Maps:
    """(m, h, h) -> (m, size, size), bilinear: cells have their value in their middle."""
    cells = maps.shape[-1]
    middles = np.clip((np.arange(size) + 0.5) * cells / size - 0.5, 0, cells - 1)
    low = np.minimum(middles.astype(int), cells - 2)
    weights = np.zeros((size, cells))
    weights[np.arange(size), low] = 1 - (middles - low)
    weights[np.arange(size), low + 1] = middles - low
    grown: Maps = weights @ maps @ weights.T
    return grown


def pointing_hits(masks: Masks, maps: Maps) -> NDArray[np.float64]:
    """(m,): 1 where a map's highest place lies on the animal, 0 elsewhere.

    Several highest places count by the share that lies on it, so that a map that says nothing
    gets what chance would (Zhang and others, Top-down neural attention, 2016).
    """
    large = resized(maps, masks.shape[-1])
    flat = large.reshape(len(large), -1)
    highest, lowest = flat.max(1, keepdims=True), flat.min(1, keepdims=True)
    top = flat >= highest - 1e-9 * (highest - lowest)
    hits: NDArray[np.float64] = (top & _on_animal(masks)).sum(1) / top.sum(1)
    return hits


def pixel_aucs(masks: Masks, maps: Maps) -> NDArray[np.float64]:
    """(m,): how often a pixel of the animal has more than one of the background; ties count half.

    The area under the ROC curve within one photo. The outline is left out. Half where a mask has
    only one of the two.
    """
    large = resized(maps, masks.shape[-1]).reshape(len(maps), -1)
    found = np.full(len(maps), 0.5)
    for row, (values, kinds) in enumerate(zip(large, masks.reshape(len(masks), -1), strict=True)):
        known = kinds != OUTLINE
        animal = kinds[known] == ANIMAL
        count, others = int(animal.sum()), int((~animal).sum())
        if count and others:
            ranks = rankdata(values[known])
            found[row] = (ranks[animal].mean() - (count + 1) / 2) / others
    return found


def _on_animal(masks: Masks) -> NDArray[np.bool_]:
    on: NDArray[np.bool_] = masks.reshape(len(masks), -1) == ANIMAL
    return on
