"""The baseline: class activation maps of a network that was not trained for this.

A network that knows ImageNet turns a photo into 1,280 maps of 7 x 7 places and averages each. A
linear layer on the averages tells the breeds apart. The same layer, applied before the averaging,
says what each single place speaks for: the mean of that map is the breed's score. That is all of
CAM: two steps that may be done in either order.
"""

import numpy as np
import torch

from labs.kit import (
    CentreCrop,
    class_activation_maps,
    fit_head,
    head_of,
    normalisation,
    open_photos,
    pretrained,
)

SIZE = 224


def train(data, run):
    torch.manual_seed(run.seed)
    model = pretrained("tf_efficientnet_lite0", len(data.classes), data.weights).to(run.device)
    photos, labels = open_photos(data.train_x, SIZE), torch.as_tensor(data.train_y)
    cut = len(photos) * 4 // 5
    fit_head(
        model, (photos[:cut], labels[:cut]), (photos[cut:], labels[cut:]),
        prepare=CentreCrop(SIZE, **normalisation(model)), run=run,
    )  # fmt: skip
    return model.cpu()


def predict(model, inputs, run):
    """(n, 7, 7): of each photo's maps, one a breed, the one of its own breed."""
    model = model.to(run.device)
    middle = CentreCrop(SIZE, **normalisation(model))
    photos = open_photos(inputs.photos, SIZE)
    maps = [
        class_activation_maps(
            model, middle(batch.to(run.device)), layer=model.bn2, classifier=head_of(model)
        ).cpu()
        for batch in photos.split(32)
    ]
    return torch.cat(maps)[np.arange(len(photos)), inputs.labels].numpy()
