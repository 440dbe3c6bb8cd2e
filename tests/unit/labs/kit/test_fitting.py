"""The training loop: what is trained, on what, at which rate, and what is said about it."""

import pickle
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from labs.kit import (
    Diverged,
    InMemory,
    Stepper,
    adam_step,
    fine_tune,
    fit,
    momentum_step,
    one_cycle,
    parameter_groups,
    predictions,
    rmsprop_step,
    sgd_step,
    split_rows,
)


class RecordedRun:
    """A run as a lab gives it, with as many seconds left as the test says."""

    def __init__(self, deadline: float = 1e9) -> None:
        self.deadline = deadline
        self.points: list[dict[str, float]] = []
        self.bar: list[tuple[float, float]] = []

    def log(self, step: float | None = None, **metrics: float) -> None:
        self.points.append({"step": step or 0, **metrics})

    def progress(self, done: float, total: float) -> None:
        self.bar.append((done, total))


def two_bands(rows: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Points in five dimensions, class 1 where the first coordinate is far from 0."""
    torch.manual_seed(0)
    points = torch.randn(rows, 5)
    return points, (points[:, 0].abs() > 0.7).long()


def small_net() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))


def plain_sgd(groups):
    return torch.optim.SGD(groups, lr=0.1)


def test_the_validation_figures_are_those_of_inputs_prepared_once():
    train, (points, classes) = split_rows(*two_bands(), share=0.25)
    model = small_net()
    tripled = partial(torch.mul, other=3.0)

    history = fit(
        model, train, (points, classes), epochs=3, lr=0.02, prepare=tripled, augment=tripled
    )

    given = model.eval()(tripled(points))
    assert history[-1]["valid_loss"] == pytest.approx(F.cross_entropy(given, classes).item())


def test_a_network_learns_what_no_straight_line_can_tell():
    train, valid = split_rows(*two_bands(), share=0.25)
    history = fit(small_net(), train, valid, epochs=15, lr=0.03, batch=32, run=RecordedRun())
    assert history[-1]["valid_accuracy"] > 0.9
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2


def test_a_run_gets_a_point_and_a_moved_bar_each_epoch():
    run = RecordedRun()
    fit(small_net(), two_bands(), two_bands(), epochs=2, lr=0.01, run=run)
    assert [point["step"] for point in run.points] == [1, 2]
    assert run.points[0].keys() == {"step", "train_loss", "valid_loss", "valid_accuracy"}
    assert run.bar == [(1, 2), (2, 2)]


def test_without_a_run_each_epoch_is_a_line(capsys):
    fit(small_net(), two_bands(), epochs=1, lr=0.01)
    assert capsys.readouterr().out.startswith("1/1  train_loss 0.")


def test_no_epoch_begins_that_the_deadline_would_cut_off():
    assert len(fit(small_net(), two_bands(), epochs=50, lr=0.01, run=RecordedRun(0.0))) == 1


@pytest.mark.parametrize(("keep", "epochs"), [(0.0, 5), (50.0, 5), (100.0, 1)])
def test_no_epoch_begins_in_the_seconds_that_are_kept_for_what_comes_after(keep, epochs):
    run = RecordedRun(100.0)
    assert len(fit(small_net(), two_bands(), epochs=5, lr=0.01, run=run, keep=keep)) == epochs


def test_without_a_run_there_are_no_seconds_to_keep():
    assert len(fit(small_net(), two_bands(), epochs=2, lr=0.01, keep=1e9)) == 2


def test_the_rate_stays_without_a_schedule():
    optimizers = []

    def noted(groups):
        optimizers.append(plain_sgd(groups))
        return optimizers[0]

    fit(small_net(), two_bands(), epochs=2, lr=0.07, optimizer=noted, schedule=None)
    assert {group["lr"] for group in optimizers[0].param_groups} == {0.07}


def test_each_row_is_seen_once_an_epoch_and_no_batch_is_left_with_one_row():
    dealt = list(InMemory(torch.arange(65), torch.arange(65), 64, shuffle=True))
    assert sorted(len(targets) for _, targets in dealt) == [32, 33]
    assert sorted(torch.cat([targets for _, targets in dealt]).tolist()) == list(range(65))


def test_several_inputs_become_the_models_arguments():
    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
            return self.weight * (first + second)

    first, second = torch.rand(64), torch.rand(64)
    model = Sum()
    fit(
        model,
        ((first, second), 3 * (first + second)),
        epochs=30,
        lr=0.2,
        wd=0,
        batch=8,
        loss=F.mse_loss,
    )
    assert model.weight.item() == pytest.approx(3, abs=0.05)
    assert predictions(model, (first, second)).shape == (64,)


def test_arrays_and_a_dataloader_will_do():
    points, classes = two_bands(64)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(points, classes), batch_size=16
    )
    fit(small_net(), loader, loader, epochs=1, lr=0.01)
    fit(small_net(), (points.numpy(), classes.numpy()), epochs=1, lr=0.01)


@pytest.mark.parametrize("parts", [2, 3, 8])
def test_accumulated_gradients_equal_those_of_the_big_batch(parts):
    """Sums of floats in another order differ in the last digits; the way there is the same."""
    whole, in_parts = small_net(), small_net()
    options = {"epochs": 2, "lr": 0.1, "batch": 50, "optimizer": plain_sgd, "schedule": None}
    for model, accumulate in ((whole, 1), (in_parts, parts)):
        torch.manual_seed(3)
        fit(model, two_bands(200), accumulate=accumulate, **options)
    for one, other in zip(whole.parameters(), in_parts.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_clipped_gradient_moves_the_weights_no_further_than_the_rate_allows():
    model = small_net()
    before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    points, classes = two_bands(64)
    options = {"optimizer": plain_sgd, "schedule": None, "batch": 64, "wd": 0.0}
    fit(model, (points * 1000, classes), epochs=1, lr=1.0, clip=0.5, **options)
    moved = nn.utils.parameters_to_vector(model.parameters()).detach() - before
    assert moved.norm().item() == pytest.approx(0.5, abs=1e-3)


def test_weight_decay_shrinks_weights_and_spares_biases():
    model = nn.Linear(3, 2)
    before = model.weight.norm().item()
    nothing = torch.zeros(64, 3), torch.zeros(64, dtype=torch.long)
    fit(model, nothing, epochs=5, lr=0.1, wd=0.5)
    assert model.weight.norm().item() < before * 0.95
    decays = {group["params"][0].ndim: group["weight_decay"] for group in parameter_groups(
        [model], 0.1, 0.5)}  # fmt: skip
    assert decays == {2: 0.5, 1: 0.0}


def test_smoothed_labels_keep_the_network_from_boasting():
    points, classes = two_bands(100)
    sure, modest = (small_net() for _ in range(2))
    smooth = partial(F.cross_entropy, label_smoothing=0.2)
    fit(sure, (points, classes), epochs=40, lr=0.05, wd=0)
    history = fit(modest, (points, classes), (points, classes), epochs=40, lr=0.05, wd=0,
                  loss=smooth)  # fmt: skip
    largest = [
        predictions(model, points).softmax(1).max(1).values.mean() for model in (sure, modest)
    ]
    assert largest[1] < 0.93 < largest[0]
    assert "valid_accuracy" in history[-1]


def test_bfloat16_trains_too():
    history = fit(small_net(), two_bands(), epochs=5, lr=0.03, precision="bf16")
    assert history[-1]["train_loss"] < history[0]["train_loss"]


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # in torch's own modules
def test_a_compiled_model_trains_and_is_itself_afterwards():
    """Compiling takes a C++ compiler and half a minute; the way there is the same without."""
    model = small_net()
    with torch.compiler.set_stance("force_eager"):
        history = fit(model, two_bands(64), epochs=5, lr=0.03, compiled=True)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert isinstance(pickle.loads(pickle.dumps(model)), nn.Sequential)


def test_the_rate_rises_falls_and_ends_near_zero_and_momentum_goes_the_other_way():
    optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = one_cycle(optimizer, 100)
    rates, momenta = [], []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["betas"][0])
        optimizer.step()
        schedule.step() if len(rates) < 100 else None
    peak = rates.index(max(rates))
    assert (peak, rates[0], rates[peak]) == (24, pytest.approx(0.1 / 25), pytest.approx(0.1))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 1e-5
    assert (momenta[0], momenta[peak], momenta[-1]) == pytest.approx((0.95, 0.85, 0.95))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_one_cycle_gives_no_momentum_to_an_optimizer_that_has_none(momentum):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=momentum)
    one_cycle(optimizer, 10)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.95 if momentum else 0)


@pytest.mark.parametrize(
    ("step_of", "theirs"),
    [
        (sgd_step, partial(torch.optim.SGD, lr=0.01)),
        (momentum_step, partial(torch.optim.SGD, lr=0.01, momentum=0.9)),
        (rmsprop_step, partial(torch.optim.RMSprop, lr=0.01, alpha=0.99, eps=1e-5)),
        (adam_step, partial(torch.optim.Adam, lr=0.01, betas=(0.9, 0.99), eps=1e-5)),
    ],
)
def test_an_optimizer_written_as_a_step_goes_the_way_of_torchs(step_of, theirs):
    own, other = small_net(), small_net()
    points, classes = two_bands(64)
    ours = Stepper(own.parameters(), step_of, lr=0.01)
    for model, optimizer in ((own, ours), (other, theirs(other.parameters()))):
        for _ in range(5):
            optimizer.zero_grad()
            F.cross_entropy(model(points), classes).backward()
            optimizer.step()
    for one, another in zip(own.parameters(), other.parameters(), strict=True):
        assert torch.allclose(one, another, atol=1e-5)


def test_one_of_our_own_optimizers_serves_a_fit():
    history = fit(small_net(), two_bands(), epochs=6, lr=0.03,
                  optimizer=partial(Stepper, step_of=adam_step))  # fmt: skip
    assert history[-1]["train_loss"] < history[0]["train_loss"]


def test_fine_tuning_moves_the_head_first_and_counts_its_epochs_through():
    model, run = small_net(), RecordedRun()
    body = model[0].weight.detach().clone()
    seen: list[bool] = []

    def note(inputs):
        seen.append(torch.equal(model[0].weight, body))
        return inputs

    fine_tune(model, two_bands(64), groups=[model[0], model[2]], epochs=2, lr=0.05, batch=64,
              augment=note, run=run)  # fmt: skip
    assert seen == [True, True, False]  # the second phase's first batch comes before its first step
    assert [point["step"] for point in run.points] == [1, 2, 3]
    assert run.bar[-1] == (3, 3)
    assert not torch.equal(model[0].weight, body)


def test_a_loss_that_is_no_number_ends_the_fit_with_advice():
    points, classes = two_bands(64)
    points[3, 0] = float("nan")
    with pytest.raises(Diverged, match="learning rate ten times smaller"):
        fit(small_net(), (points, classes), epochs=3, lr=0.01)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": two_bands()[0]}, r"pair \(inputs, targets\)"),
        ({"train": (torch.zeros(3, 5), torch.zeros(2))}, "3 inputs and 2 targets"),
        ({"train": (torch.zeros(0, 5), torch.zeros(0))}, "at least one row"),
        ({"train": torch.utils.data.DataLoader([])}, "these batches are none"),
        ({"epochs": 0}, "at least one epoch"),
        ({"lr": slice(1e-4, 1e-2)}, "groups="),
        ({"precision": "half"}, "bf16"),
        ({"groups": [nn.Linear(1, 1)]}, "4 parameters are in no group"),
    ],
)
def test_bad_use_is_told_what_to_do(change, said):
    options = {"train": two_bands(8), "epochs": 1, "lr": 0.01} | change
    with pytest.raises((ValueError, TypeError), match=said):
        fit(small_net(), options.pop("train"), **options)
