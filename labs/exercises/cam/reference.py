"""The reference: class activation maps of a network that was fine-tuned on crops, at two sizes.

What makes its maps better than those of a linear layer on a network as it came:
* it is trained on what it will be asked: tight random cuts, so that it knows a breed by a paw or
  a back too, and does not lean on what usually stands around the animal;
* the later layers learn with it, so that places are told apart by breed, not only by texture;
* each photo is looked at twice, once mirrored and mirrored back, and at a second size, which gives
  more and smaller places; the maps are brought to one range and averaged.
"""

from functools import partial

import torch
from torch.nn import functional as F

from labs.kit import (
    Augment,
    CentreCrop,
    class_activation_maps,
    fit,
    fit_head,
    freeze_to,
    head_of,
    layer_groups,
    normalisation,
    normalise,
    open_photos,
    overlay,
    pretrained,
    split_rows,
)

NAME = "tf_efficientnet_lite0"
ROOM, SIZE = 256, 224  # pixels as opened, and as the network sees them
SIZES = (224, 288)  # of the photos whose maps are averaged
CELLS = 28  # of the maps that are handed in
HEAD_EPOCHS, EPOCHS = 20, 2
RATES = slice(1e-4, 1e-3)  # of the earliest layers that are freed, and of the head
LOSS = partial(F.cross_entropy, label_smoothing=0.1)


def train(data, run):
    torch.manual_seed(run.seed)
    model = pretrained(NAME, len(data.classes), data.weights)
    model = model.to(run.device, memory_format=torch.channels_last)
    look = normalisation(model)
    middle = CentreCrop(SIZE, share=SIZE / ROOM, **look)
    tight = Augment(SIZE, min_scale=0.2, **look)
    photos = open_photos(data.train_x, ROOM)
    train, valid = split_rows(photos, data.train_y, share=0.1, seed=run.seed)

    fit_head(
        model, train, valid, prepare=middle, epochs=HEAD_EPOCHS, lr=1e-2, loss=LOSS,
        run=run, epochs_after=EPOCHS,
    )  # fmt: skip
    groups = layer_groups(model, 4)
    freeze_to(groups, -2)
    fit(
        model, train, valid, groups=groups, epochs=EPOCHS, lr=RATES, batch=32, loss=LOSS,
        prepare=middle, augment=tight, run=run, epochs_before=HEAD_EPOCHS,
    )  # fmt: skip
    return model.cpu()


def maps_of(model, photos, labels):
    """(n, h, w): of each photo's maps, one a breed, the one of its own."""
    maps = class_activation_maps(model, photos, layer=model.bn2, classifier=head_of(model))
    return maps[torch.arange(len(photos)), labels]


def predict(model, inputs, run):
    """(n, 28, 28), from 0 to 1 within each photo."""
    model = model.to(run.device, memory_format=torch.channels_last)
    look, labels = normalisation(model), torch.as_tensor(inputs.labels)
    total = torch.zeros(len(labels), CELLS, CELLS)
    for size in SIZES:
        photos = open_photos(inputs.photos, size)
        for rows in torch.arange(len(photos)).split(32):
            batch = normalise(photos[rows].to(run.device), **look)
            plain = maps_of(model, batch, labels[rows])
            mirrored = maps_of(model, batch.flip(3), labels[rows]).flip(2)
            total[rows] += overlay(plain + mirrored, CELLS).cpu()
    return total.numpy() / len(SIZES)
