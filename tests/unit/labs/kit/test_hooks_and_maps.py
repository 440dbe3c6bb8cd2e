"""Hooks, class activation maps and Grad-CAM."""

import pytest
import torch
from torch import nn

from labs.kit import (
    Hook,
    activation_statistics,
    class_activation_maps,
    freeze,
    grad_cam,
    overlay,
)


class Small(nn.Module):
    """Convolution, pooling, linear: the kind of network that CAM is for."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU())
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(8, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(self.body(images)))


@pytest.fixture
def model() -> Small:
    return Small().eval()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 15, 15, generator=torch.Generator().manual_seed(1))


def test_a_map_is_the_einsum_of_weights_and_channels(model, images):
    found = class_activation_maps(model, images, layer=model.body, classifier=model.head)
    defined = torch.einsum("ck,bkij->bcij", model.head.weight, model.body(images))
    assert found.shape == (2, 4, 7, 7)
    assert torch.equal(found, defined)


def test_the_mean_of_a_map_and_the_bias_are_the_score(model, images):
    found = class_activation_maps(model, images, layer=model.body, classifier=model.head)
    assert torch.allclose(found.mean((2, 3)) + model.head.bias, model(images), atol=1e-6)


def test_grad_cam_is_cam_for_a_network_that_ends_in_pooling_and_a_linear_layer(model, images):
    cam = class_activation_maps(model, images, layer=model.body, classifier=model.head)
    found = grad_cam(model, images, torch.tensor([2, 0]), layer=model.body)
    chosen = torch.stack([cam[0, 2], cam[1, 0]]).relu()
    assert torch.allclose(found * 7 * 7, chosen, atol=1e-5)


def test_grad_cam_reaches_earlier_layers_and_frozen_networks(model, images):
    freeze(model)
    assert grad_cam(model, images, 1, layer=model.body[0]).shape == (2, 7, 7)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_hook_sees_the_output_and_the_gradient(model, images):
    with Hook(model.body) as seen:
        model(images)[:, 3].sum().backward()
    assert torch.equal(seen.output, model.body(images))
    assert torch.allclose(seen.gradient[0, :, 0, 0], model.head.weight[3] / 49)


def test_a_later_layer_that_works_in_place_does_not_change_what_was_seen():
    bent = nn.Sequential(nn.BatchNorm1d(4), nn.ReLU(inplace=True)).eval()
    values = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    with Hook(bent[0]) as seen:
        bent(values)
    assert torch.equal(seen.output, bent[0](values))
    assert activation_statistics(bent, {"norm": bent[0]}, values)["norm"]["dead"] < 0.2


def test_hooks_are_gone_afterwards_even_after_an_error(model, images):
    with Hook(model.body):
        model(images)
    with pytest.raises(RuntimeError), Hook(model.body):
        model(images[:, :2])
    with pytest.raises(ValueError):
        class_activation_maps(model, images, layer=model.pool, classifier=model.head)
    with pytest.raises(RuntimeError):
        grad_cam(model, images, 99, layer=model.body)
    assert not [module for module in model.modules() if module._forward_hooks]


def test_a_hook_that_has_seen_nothing_says_so(model):
    with Hook(model.body) as seen, pytest.raises(RuntimeError, match="call the model inside"):
        _ = seen.output
    with pytest.raises(RuntimeError, match="backward"):
        _ = seen.gradient


def test_a_layer_of_another_width_is_refused(model, images):
    whole = nn.Sequential(nn.Identity(), model)
    with pytest.raises(ValueError, match="3 channels and the classifier takes 8"):
        class_activation_maps(whole, images, layer=whole[0], classifier=model.head)


def test_dead_activations_are_counted(model, images):
    with torch.no_grad():
        model.body[0].bias.fill_(-100)
    found = activation_statistics(model, {"conv": model.body[0], "relu": model.body[1]}, images)
    assert found["relu"] == {"mean": 0, "sd": 0, "dead": 1}
    assert found["conv"]["dead"] == 0


def test_a_network_in_training_is_left_as_it_was_by_who_looks_at_it():
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).train()
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    images = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0)) + 5
    found = activation_statistics(layers, {"norm": layers[1], "relu": layers[2]}, images)
    assert found["norm"]["mean"] == pytest.approx(0, abs=1e-4)  # by the batch's own statistics
    assert layers.training
    assert all(torch.equal(value, before[name]) for name, value in layers.state_dict().items())


def test_an_overlay_fills_the_photo_from_0_to_1():
    large = overlay(torch.tensor([[[-3.0, 1.0], [0.0, 5.0]]]), 8)
    assert (large.shape, large.min(), large.max()) == ((1, 8, 8), 0, 1)
