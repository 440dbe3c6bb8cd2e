"""The baseline: ask the network what it sees, in the words that it has, and count.

It was trained on ImageNet's 1,000 words. "Abyssinian" and "Bengal" are none of them, but it says
"Egyptian cat" of the one more often than of the other. So count which words it says of which breed;
a photo then belongs to the breed that its words were mostly said of. Words that it never said of
the training photos count for nothing. Nothing is trained, neither the network nor anything on top.
"""

import numpy as np
import torch

from labs.kit import CentreCrop, normalisation, open_photos, predictions, pretrained

SIZE, ROOM = 224, 256
SAID = 3  # the words that count: the most likely ones


def words(network, paths):
    """(n, 1000): 1 for each of the SAID words that the network finds most likely, 0 for others."""
    middle = CentreCrop(SIZE, share=SIZE / ROOM, **normalisation(network))
    scores = predictions(network, open_photos(paths, ROOM), prepare=middle, batch=32)
    return torch.zeros_like(scores).scatter(1, scores.topk(SAID).indices, 1.0).numpy()


def train(data, run):
    """(network, (1000, breeds)): of the photos that each word was said of, each breed's share."""
    network = pretrained("tf_efficientnet_lite0", None, data.weights)
    said, breeds = words(network.to(run.device), data.train_x), np.eye(len(data.classes))
    counts = said.T @ breeds[data.train_y]
    return network.cpu(), counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def predict(model, inputs, run):
    """One breed per photo: the one with the largest share of the photo's words."""
    network, shares = model
    return (words(network.to(run.device), inputs) @ shares).argmax(axis=1)
