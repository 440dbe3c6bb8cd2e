"""What learners import: the course's techniques as small, readable functions.

`from labs.kit import fit` loads only the module that `fit` stands in, so importing the kit costs
next to nothing where torch or timm is not needed. `README.md` beside this file is the tour.
"""

from importlib import import_module
from typing import Any

from labs.harness.torchvision_operators import define_when_missing

define_when_missing()

_NAMES = {
    "augmentation": "Augment CentreCrop Mixup blend normalise shifted tta",
    "batches": "InMemory pick split_rows",
    "cam": "class_activation_maps grad_cam overlay",
    "fine_tuning": "fine_tune",
    "fitting": "Diverged fit predictions",
    "groups": "discriminative_rates freeze freeze_to parameter_groups unfreeze",
    "hooks": "Hook activation_statistics",
    "measures": "accuracy accuracy_binary accuracy_multi best_threshold error_rate mse pearson "
    "perplexity",
    "photos": "open_photos unreadable",
    "plots": "line_plot",
    "pretrained": "body_features fit_head head_of layer_groups normalisation pretrained",
    "rates": "RateSweep lr_find",
    "schedules": "one_cycle",
    "stepping": "adamw autocast",
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"labs.kit has no {name}; its README.md lists what it has.")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
