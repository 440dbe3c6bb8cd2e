"""Another version of each image in every epoch, on whole batches where the network runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class CentreCrop:
    """uint8 (n, c, h, w) -> float (n, c, size, size), normalised: for validation and prediction.

    The largest square in the middle, times `share`, resized once (the book's chapter 7). mean, std:
    per channel, of values from 0 to 1, as the network was trained with (`normalisation(model)`
    gives both).
    """

    size: int
    mean: Sequence[float] = (0.5,)
    std: Sequence[float] = (0.5,)
    share: float = 1.0

    def __call__(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        side = round(min(height, width) * self.share)
        top, left = (height - side) // 2, (width - side) // 2
        square = normalise(images[..., top : top + side, left : left + side], self.mean, self.std)
        if side == self.size:
            return square
        return F.interpolate(
            square, size=(self.size, self.size), mode="bilinear", antialias=side > self.size
        )


@dataclass(frozen=True)
class Augment:
    """A random crop, turn, flip and light for each image of a batch of squares, normalised.

    The second half of presizing: all moves of the grid are one affine map, so the image is
    interpolated once and corners are filled from the spare margin, by reflection beyond it.
    min_scale: least share of the area that a crop keeps (Szegedy and others, 2015); stretch: how
    far from square it may be; turn: degrees, each way; flip: mirrored half the time, which is
    wrong for digits and letters; light: largest change of brightness and contrast.
    """

    size: int
    mean: Sequence[float] = (0.5,)
    std: Sequence[float] = (0.5,)
    min_scale: float = 0.5
    stretch: float = 1.2
    turn: float = 10.0
    flip: bool = True
    light: float = 0.2

    def __call__(self, images: Tensor) -> Tensor:
        if images.shape[-1] != images.shape[-2]:
            raise ValueError("Augment takes squares: open_photos(paths, size) makes them.")
        pixels = images.float() / 255 if images.dtype == torch.uint8 else images
        shape = [*pixels.shape[:2], self.size, self.size]
        grid = F.affine_grid(self._moves(len(pixels), pixels.device), shape, align_corners=False)
        moved = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
        return normalise(self._lit(moved), self.mean, self.std)

    def _moves(self, count: int, device: torch.device) -> Tensor:
        """(count, 2, 3): from a place in the crop to the place in the image it is taken from."""

        def uniform(low: float, high: float) -> Tensor:
            return torch.empty(count, device=device).uniform_(low, high)

        side = uniform(self.min_scale, 1.0).sqrt()
        ratio = uniform(-1, 1).mul(math.log(self.stretch) / 2).exp()
        wide, high = (side * ratio).clamp_max(1), (side / ratio).clamp_max(1)
        right, down = uniform(-1, 1) * (1 - wide), uniform(-1, 1) * (1 - high)
        angle = uniform(-self.turn, self.turn).deg2rad()
        mirrored = uniform(0, 1).lt(0.5).float() * -2 + 1 if self.flip else torch.ones_like(side)
        cos, sin = angle.cos(), angle.sin()
        across = torch.stack([wide * cos * mirrored, -high * sin, right], dim=1)
        along = torch.stack([wide * sin * mirrored, high * cos, down], dim=1)
        return torch.stack([across, along], dim=1)

    def _lit(self, pixels: Tensor) -> Tensor:
        if not self.light:
            return pixels
        drawn = torch.empty((2, len(pixels), 1, 1, 1), device=pixels.device)
        brighter, sharper = drawn.uniform_(-self.light, self.light)
        middle = pixels.mean((1, 2, 3), keepdim=True)
        lit: Tensor = pixels + sharper * (pixels - middle) + brighter * middle
        return lit.clamp(0, 1)


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """uint8, or float from 0 to 1, to mean 0 and standard deviation 1 in each channel (the book's
    chapter 7)."""
    scale = 255.0 if images.dtype == torch.uint8 else 1.0
    middle = torch.tensor(mean, device=images.device).view(1, -1, 1, 1) * scale
    spread = torch.tensor(std, device=images.device).view(1, -1, 1, 1) * scale
    return (images - middle) / spread


def shifted(images: Tensor, pixels: int = 1) -> Tensor:
    """A whole batch moved by up to that many pixels each way, edges wrapped: nearly free (moved
    copies as more data: LeCun and others, Gradient-based learning, 1998)."""
    down, right = torch.randint(-pixels, pixels + 1, (2,)).tolist()
    return torch.roll(images, (down, right), dims=(-2, -1))
