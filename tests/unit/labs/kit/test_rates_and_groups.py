"""The learning-rate finder; freezing; rates that differ by layer."""

import pytest
import torch
from torch import nn

from labs.kit import RateSweep, discriminative_rates, fit, freeze, freeze_to, lr_find, unfreeze
from labs.kit.groups import parameter_groups
from tests.unit.labs.kit.test_fitting import small_net, two_bands


@pytest.fixture(scope="module")
def sweep() -> RateSweep:
    torch.manual_seed(0)
    return lr_find(small_net(), two_bands(), batch=64)


@pytest.mark.parametrize("suggestion", ["minimum", "steepest", "valley", "slide"])
def test_a_suggestion_lies_where_the_loss_falls(sweep, suggestion):
    at = sweep.rates.index(min(sweep.rates, key=lambda r: abs(r - getattr(sweep, suggestion))))
    lowest = sweep.losses.index(min(sweep.losses))
    assert at < lowest
    assert sweep.losses[at - 3] > sweep.losses[at] > sweep.losses[at + 3]


@pytest.mark.parametrize("suggestion", ["minimum", "steepest", "valley", "slide"])
def test_a_suggested_rate_trains(sweep, suggestion):
    history = fit(small_net(), two_bands(), epochs=8, lr=getattr(sweep, suggestion), batch=32)
    assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]


def test_suggestions_of_a_curve_worked_by_hand():
    """Level to 1e-3, then down to 1e-1 by the same step, fastest at 1e-2, then up."""
    rates = [10 ** (power / 4) for power in range(-28, 1)]
    losses = [2.0] * 16 + [1.9, 1.8, 1.7, 1.6, 1.3, 1.0, 0.9, 0.8, 0.7] + [1.0, 2, 4, 8]
    found = RateSweep(rates, losses)
    assert found.minimum == pytest.approx(rates[24] / 10)
    assert found.steepest == pytest.approx(rates[20])
    assert found.valley == pytest.approx(rates[20])
    assert found.slide == pytest.approx(0.4 * rates[24])


def test_the_sweep_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    lr_find(model, two_bands(), steps=40)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_sweep_stops_where_the_loss_is_lost(sweep):
    assert len(sweep.rates) < 100
    assert sweep.losses[-1] > 4 * min(sweep.losses)


def test_a_loss_that_is_lost_at_once_is_said():
    points, classes = two_bands(64)
    with pytest.raises(ValueError, match="inputs are finite"):
        lr_find(small_net(), (points * float("inf"), classes))


def test_the_picture_shows_the_curve_and_its_suggestions(sweep):
    svg = sweep.svg()
    assert svg.startswith("<svg")
    assert all(name in svg for name in ("polyline", "minimum", "steepest", "valley"))


def test_frozen_layers_do_not_move_nor_do_their_batch_statistics():
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    freeze(model[0], model[1])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, two_bands(), epochs=1, lr=0.1)
    moved = {name for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert moved == {"3.weight", "3.bias"}
    unfreeze(model)
    fit(model, two_bands(), epochs=1, lr=0.1)
    assert not model[1].running_mean.equal(before["1.running_mean"])


def test_gradual_unfreezing_frees_one_group_more_each_time():
    groups = [nn.Linear(1, 1) for _ in range(3)]
    for first, trained in ((-1, [False, False, True]), (-2, [False, True, True]), (0, [True] * 3)):
        freeze_to(groups, first)
        assert [group.weight.requires_grad for group in groups] == trained


def test_discriminative_rates_fall_by_the_same_factor_towards_the_first_layers():
    assert discriminative_rates(slice(1e-6, 1e-4), 3) == pytest.approx([1e-6, 1e-5, 1e-4])
    assert discriminative_rates(slice(3e-3), 3) == pytest.approx([3e-4, 3e-4, 3e-3])
    assert discriminative_rates(0.1, 2) == [0.1, 0.1]
    assert discriminative_rates(slice(1e-5, 1e-3), 1) == [1e-3]


def test_each_group_is_trained_at_its_own_rate():
    groups = [nn.Linear(2, 2), nn.Linear(2, 2)]
    rates = [group["lr"] for group in parameter_groups(groups, slice(1e-4, 1e-2), 0.01)]
    assert rates == pytest.approx([1e-4, 1e-4, 1e-2, 1e-2])  # weights and biases


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda: discriminative_rates([1, 2], 3), "2 learning rates for 3 groups"),
        (lambda: discriminative_rates(slice(1e-2, 1e-4), 3), "first layers' rate comes first"),
        (lambda: freeze_to([nn.Linear(1, 1)], 1), "leaves nothing to train"),
        (lambda: parameter_groups([nn.ReLU()], 0.1, 0), "unfreeze"),
    ],
)
def test_bad_use_is_told_what_to_do(use, said):
    with pytest.raises(ValueError, match=said):
        use()
