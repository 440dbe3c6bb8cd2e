"""Networks that have been trained already: timm's, with a new head."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from labs.kit.batches import InMemory
from labs.kit.fitting import History, fit
from labs.kit.stepping import Prepare


def pretrained(
    name: str, classes: int | None, weights: str | Path | None = None, **options: Any
) -> nn.Module:
    """A timm model with a new, random head, or its own (Wightman, timm, 2019).

    classes: of the new head; None keeps the one it was trained with, such as ImageNet's 1,000.
    weights: a file of its ImageNet weights; None downloads timm's own, which needs the internet.
    options: what `timm.create_model` takes, such as drop_rate=0.2. Raises ValueError where the
    file is not this model's.
    """
    if classes is not None:
        options["num_classes"] = classes
    model = timm.create_model(name, pretrained=weights is None, **options)
    if weights is not None:
        _load(model, Path(weights), name, with_head=classes is None)
    if classes is None:
        return model
    # Some of timm's families draw a head's weights from up to 1 / sqrt(classes), however many
    # inputs it has: for three breeds that is so much noise that training hardly gets rid of it.
    head_of(model).reset_parameters()
    return model


def normalisation(model: nn.Module) -> dict[str, tuple[float, ...]]:
    """The mean and std that its weights expect: `Augment(224, **normalisation(model))`."""
    config: Any = model.pretrained_cfg
    return {"mean": tuple(config["mean"]), "std": tuple(config["std"])}


def head_of(model: nn.Module) -> nn.Linear:
    """The layer that says the classes."""
    head = model.get_classifier()  # type: ignore[operator]
    if not isinstance(head, nn.Linear):
        raise ValueError(f"This model ends in {type(head).__name__}, not in one linear layer.")
    return head


def layer_groups(model: nn.Module, count: int = 3) -> list[nn.Module]:
    """The head last, and before it the body in count - 1 parts of about as many layers each.

    For `fit(groups=...)`, `freeze_to` and `fine_tune` (Howard and Ruder, ULMFiT, 2018).
    """
    head = head_of(model)
    layers: list[nn.Module] = []
    for child in model.children():
        inner = list(child.children()) if isinstance(child, nn.Sequential | nn.ModuleList) else []
        layers += inner or [child]
    body = [layer for layer in layers if _has_parameters(layer, head)]
    if not 2 <= count <= len(body) + 1:
        raise ValueError(f"This model can be cut into 2 to {len(body) + 1} groups, not {count}.")
    cuts = [round(len(body) * part / (count - 1)) for part in range(count)]
    groups = [nn.ModuleList(body[a:b]) for a, b in pairwise(cuts)]
    alone = [parameter for _, parameter in model.named_parameters(recurse=False)]
    if alone:  # a vision transformer's position embedding belongs to no layer
        groups[0].append(nn.ParameterList(alone))
    return [*groups, head]


@torch.no_grad()
def body_features(
    model: nn.Module, images: Tensor, *, prepare: Prepare, batch: int = 128
) -> Tensor:
    """(n, features) of what the head is given, on the CPU; the network is not trained.

    A frozen body says the same for the same image in every epoch: ask it once (Donahue and others,
    DeCAF, 2014).
    """
    model.eval()
    timm_model: Any = model
    device = head_of(model).weight.device
    found = []
    for images_of, _ in InMemory(images, torch.zeros(len(images)), batch, shuffle=False):
        assert isinstance(images_of, Tensor)
        maps = timm_model.forward_features(prepare(images_of.to(device)))
        found.append(timm_model.forward_head(maps, pre_logits=True).float().cpu())
    return torch.cat(found)


def fit_head(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor] | None = None,
    *,
    prepare: Prepare,
    epochs: int = 20,
    lr: float = 1e-2,
    **options: Any,
) -> History:
    """The frozen phase of fine-tuning, nearly free: features once, then only the head.

    It costs one pass over the photos instead of one an epoch; the price is that they are not
    augmented (Donahue and others, DeCAF, 2014). Follow it with `fine_tune(frozen_epochs=0)`.
    """
    head = head_of(model)

    def seen(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return body_features(model, pair[0], prepare=prepare), pair[1]

    held = None if valid is None else seen(valid)
    return fit(head, seen(train), held, epochs=epochs, lr=lr, **options)


def _load(model: nn.Module, path: Path, name: str, *, with_head: bool) -> None:
    if not path.exists():
        raise ValueError(
            f"There is no {path}: fetch the weights, or leave out weights= to download."
        )
    if path.suffix == ".safetensors":
        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    left_out: set[str] = set()
    if not with_head:
        left_out = {f"{_name_of_head(model)}.{part}" for part in ("weight", "bias")}
    wanted = {key: value for key, value in model.state_dict().items() if key not in left_out}
    given = {key: value for key, value in state.items() if key not in left_out}
    wrong = {key for key in wanted.keys() & given.keys() if wanted[key].shape != given[key].shape}
    missing = {key for key in wanted.keys() - given.keys() if not key.endswith("_tracked")}
    odd = wrong | missing | (given.keys() - wanted.keys())
    if odd:
        raise ValueError(
            f"{path.name} does not hold the weights of {name}: {len(missing)} are missing and "
            f"{len(odd) - len(missing)} do not belong there, such as {min(odd)}."
        )
    model.load_state_dict(given, strict=False)


def _name_of_head(model: nn.Module) -> str:
    head = head_of(model)
    return str(next(name for name, module in model.named_modules() if module is head))


def _has_parameters(layer: nn.Module, head: nn.Module) -> bool:
    return layer is not head and next(layer.parameters(), None) is not None
