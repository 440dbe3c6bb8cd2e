"""What learners import: the course's techniques as small, readable functions.

`from labs.kit import fit` loads only the module that `fit` stands in, so importing the kit costs
next to nothing where torch or timm is not needed. `README.md` beside this file is the tour.
"""

from importlib import import_module
from typing import Any

from labs.harness.torchvision_operators import define_when_missing

define_when_missing()

_NAMES = {
    "augmentation": "Augment CentreCrop normalise shifted",
    "averaging": "ensemble tta",
    "batches": "InMemory pick split_rows",
    "cam": "class_activation_maps grad_cam overlay",
    "columns": "alike_columns date_parts drifting_columns",
    "evaluation": "measure predictions",
    "fine_tuning": "fine_tune progressive_resizing",
    "fitting": "Diverged fit",
    "groups": "discriminative_rates freeze freeze_to parameter_groups unfreeze",
    "hooks": "Hook activation_statistics",
    "interpretation": "cleaning_list confusion_matrix most_confused overfits_from "
    "overfitting_picture top_losses",
    "language": "AwdLstm LanguageLoss LanguageModel TextClassifier text_predictions",
    "losses": "JointLoss",
    "measures": "accuracy accuracy_binary accuracy_multi best_threshold error_rate mse pearson "
    "perplexity",
    "mixing": "Mixup blend",
    "optimizers": "Stepper adam_step momentum_step rmsprop_step sgd_step",
    "photos": "open_photos unreadable",
    "plots": "line_plot",
    "networks": "body_features fit_head head_of layer_groups normalisation pretrained",
    "rates": "RateSweep lr_find",
    "ratings": "DotProduct RatingNet bias_ranking nearest principal_axes sigmoid_range",
    "schedules": "one_cycle",
    "stepping": "adamw autocast",
    "tables": "TableCoder TableNet embedding_size",
    "text": "LanguageBatches TextBatches Vocabulary pad split_words tokenize",
    "trees": "contributions dependence gini one_r permutation_importances",
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
