"""fastai's own way through each lab, as its book goes it; only ever run in a process of its own.

Each function takes the data a learner gets and the hidden inputs, and returns the seconds of the
fit alone and the predictions.
"""

import time
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

import labs.kit  # noqa: F401  (makes torchvision load beside a torch for the CPU)

Result = tuple[float, Any]
CATEGORIES = ["workclass", "education", "marital-status", "occupation", "relationship", "race"]
NUMBERS = ["age", "fnlwgt", "education-num"]
PIXELS = 224


def timed(learn: Any, fit: Callable[[], object]) -> float:
    with learn.no_bar(), learn.no_logging():
        begun = time.perf_counter()
        fit()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return time.perf_counter() - begun


def answers(learn: Any, loader: Any) -> Any:
    with learn.no_bar():
        return learn.get_preds(dl=loader)[0].float().cpu().numpy()


def adult(data: Any, inputs: Any, short: bool) -> Result:
    fa = import_module("fastai.tabular.all")
    table = data.train_x.assign(salary=np.where(data.train_y == 1, ">=50k", "<50k"))
    loaders = fa.TabularDataLoaders.from_df(
        table,
        y_names="salary",
        y_block=fa.CategoryBlock(["<50k", ">=50k"]),
        cat_names=CATEGORIES,
        cont_names=NUMBERS,
        procs=[fa.Categorify, fa.FillMissing, fa.Normalize],
        bs=64,
        num_workers=0,
    )
    learn = fa.tabular_learner(loaders, metrics=fa.accuracy)
    seconds = timed(learn, lambda: learn.fit_one_cycle(1 if short else 3))
    return seconds, answers(learn, learn.dls.test_dl(inputs))


def movielens(data: Any, inputs: Any, short: bool) -> Result:
    fa = import_module("fastai.collab")
    table = data.train_x[["user", "item"]].assign(rating=data.train_y)
    loaders = fa.CollabDataLoaders.from_df(table, bs=64, num_workers=0)
    learn = fa.collab_learner(loaders, n_factors=50, y_range=(0, 5.5))
    seconds = timed(learn, lambda: learn.fit_one_cycle(1 if short else 5, 5e-3, wd=0.1))
    return seconds, answers(learn, learn.dls.test_dl(inputs[["user", "item"]])).ravel()


def digits(data: Any, inputs: Any, short: bool) -> Result:
    fa = import_module("fastai.vision.all")
    images, labels = _pixels(data.train_x), torch.as_tensor(data.train_y)
    cut = len(labels) * 5 // 6

    def examples(*tensors: Any) -> Any:
        return torch.utils.data.TensorDataset(*tensors)

    loaders = fa.DataLoaders.from_dsets(
        examples(images[:cut], labels[:cut]),
        examples(images[cut:], labels[cut:]),
        bs=512,
        num_workers=0,
        device=fa.default_device(),
    )
    widths = (1, 8, 16, 32, 64, 10)
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        size = 3 if number else 5
        layers.append(nn.Conv2d(before, after, size, stride=2, padding=size // 2))
        layers += [nn.ReLU()] if after != 10 else []
        layers.append(nn.BatchNorm2d(after))
    model = nn.Sequential(*layers, nn.Flatten())
    learn = fa.Learner(loaders, model, loss_func=nn.CrossEntropyLoss(), metrics=fa.accuracy)
    seconds = timed(learn, lambda: learn.fit_one_cycle(1 if short else 5, 0.1))
    with torch.no_grad():
        place = next(model.parameters()).device
        scores = [model.eval()(part.to(place)) for part in _pixels(inputs).split(1000)]
    return seconds, torch.cat(scores).softmax(1).cpu().numpy()


def _pixels(images: Any) -> torch.Tensor:
    return torch.as_tensor(images).unsqueeze(1).float() / 255


def pets(data: Any, inputs: Any, short: bool) -> Result:
    """Presized photos, a new head for one epoch, then the whole network for two."""
    fa = import_module("fastai.vision.all")
    safetensors = import_module("safetensors.torch")
    names = [str(number) for number in range(len(data.classes))]
    rows = [
        (str(path), names[label]) for path, label in zip(data.train_x, data.train_y, strict=True)
    ]
    block = fa.DataBlock(
        blocks=(fa.ImageBlock, fa.CategoryBlock(names, sort=False)),
        get_x=fa.ColReader(0),
        get_y=fa.ColReader(1),
        splitter=fa.RandomSplitter(seed=0),
        item_tfms=fa.Resize(2 * PIXELS),
        batch_tfms=[
            *fa.aug_transforms(size=PIXELS, min_scale=0.75),
            fa.Normalize.from_stats([0.5] * 3, [0.5] * 3),
        ],
    )
    loaders = block.dataloaders(pd.DataFrame(rows), bs=64)
    learn = fa.vision_learner(
        loaders, "tf_efficientnet_lite0", pretrained=False, normalize=False, metrics=fa.accuracy
    )
    body = learn.model[0].model
    given = safetensors.load_file(data.weights)
    wanted = body.state_dict()
    body.load_state_dict({name: given[name] for name in wanted})
    learn.freeze()
    seconds = timed(learn, lambda: learn.fine_tune(1 if short else 2, 2e-3))
    return seconds, answers(learn, learn.dls.test_dl([str(path) for path in inputs]))


def imdb(data: Any, inputs: Any, short: bool) -> Result:
    """A classifier on an untrained AWD-LSTM: the text learner without a language model before."""
    fa = import_module("fastai.text.all")
    table = pd.DataFrame({"text": data.train_x, "label": np.asarray(data.train_y)})
    loaders = fa.TextDataLoaders.from_df(
        table, text_col="text", label_col="label", valid_pct=0.1, bs=64, num_workers=0
    )
    learn = fa.text_classifier_learner(
        loaders, fa.AWD_LSTM, drop_mult=0.5, pretrained=False, metrics=fa.accuracy
    )
    learn.unfreeze()
    seconds = timed(learn, lambda: learn.fit_one_cycle(1 if short else 4, 2e-2))
    return seconds, answers(learn, learn.dls.test_dl(list(inputs)))


WAYS: dict[str, Callable[[Any, Any, bool], Result]] = {
    "adult-census": adult,
    "movielens": movielens,
    "mnist-digits": digits,
    "pets": pets,
    "imdb": imdb,
}
