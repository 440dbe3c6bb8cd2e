"""Chapter 4's idea, the nearest mean, on what a frozen network sees in place of pixels.

The baseline listens to the words that the network says. Before it says any, it has turned the photo
into 1,280 numbers, and only the last layer makes words of them. Take that layer off. Nothing is
trained here either: a breed is the mean of its photos' numbers, and a photo belongs to the breed
whose mean lies nearest. Whoever trains has to show that it was worth it.
"""

import torch
from torch.nn import functional as F

from labs.kit import CentreCrop, body_features, normalisation, open_photos, pretrained

SIZE = 224


def features(network, paths):
    """(n, 1280), each row of length 1: the last maps of the network, averaged over all places."""
    middle = CentreCrop(SIZE, share=0.875, **normalisation(network))
    return F.normalize(body_features(network, open_photos(paths, 256), prepare=middle, batch=32))


def train(data, run):
    network = pretrained("tf_efficientnet_lite0", len(data.classes), data.weights)
    seen, labels = features(network.to(run.device), data.train_x), torch.as_tensor(data.train_y)
    means = torch.stack([seen[labels == breed].mean(0) for breed in range(len(data.classes))])
    return network.cpu(), means


def predict(model, inputs, run):
    network, means = model
    return torch.cdist(features(network.to(run.device), inputs), means).argmin(1).numpy()
