"""Where in an image the evidence for a class lies."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labs.kit.hooks import Hook


@torch.no_grad()
def class_activation_maps(
    model: nn.Module, images: Tensor, *, layer: nn.Module, classifier: nn.Linear
) -> Tensor:
    """(n, classes, h, w): each class's weights times the channels of the last maps.

    For a network that ends in average pooling and one linear layer: the map's mean over all
    places, plus the bias, is the class's score (Zhou and others, Learning deep features for
    discriminative localization, 2016). layer: the one whose output is pooled.
    """
    model.eval()
    with Hook(layer) as seen:
        model(images)
    maps = _as_maps(seen.output, layer)
    if maps.shape[1] != classifier.in_features:
        raise ValueError(
            f"The layer gives {maps.shape[1]} channels and the classifier takes "
            f"{classifier.in_features}: take the layer right before the pooling."
        )
    return torch.einsum("ck,bkij->bcij", classifier.weight, maps)


def grad_cam(
    model: nn.Module, images: Tensor, classes: Tensor | int, *, layer: nn.Module
) -> Tensor:
    """(n, h, w), at least 0: a layer's channels weighed by the mean gradient of the class's score.

    Any layer with maps will do, in any network; one that ends in pooling and a linear layer gives
    the class activation map divided by h * w, without its negative part (Selvaraju and others,
    Grad-CAM, 2017). classes: one for all images, or one an image.
    """
    model.eval()
    wanted = torch.as_tensor(classes, device=images.device).expand(len(images))
    with torch.enable_grad(), Hook(layer) as seen:
        pixels = images.detach().float().requires_grad_()  # for where every weight is frozen
        chosen = model(pixels).gather(1, wanted[:, None].long()).sum()
        torch.autograd.grad(chosen, pixels)  # and leaves the weights' own .grad alone
    maps = _as_maps(seen.output, layer)
    weights = seen.gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * maps).sum(1).relu()


def overlay(maps: Tensor, size: int) -> Tensor:
    """Maps (n, h, w) -> (n, size, size) from 0 to 1, each by its own range: to lay on a photo
    (the book's chapter 18)."""
    large = F.interpolate(maps[:, None].float(), size=(size, size), mode="bilinear")[:, 0]
    low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
    return (large - low) / (high - low).clamp_min(1e-12)


def _as_maps(output: Tensor, layer: nn.Module) -> Tensor:
    if output.ndim != 4:
        raise ValueError(
            f"{type(layer).__name__} gives {tuple(output.shape)}, no maps (n, channels, h, w): "
            "take a convolutional layer before the pooling."
        )
    return output
