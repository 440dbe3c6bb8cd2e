"""One weight for each pixel, learned by gradient descent that is written out by hand.

No layer, no optimiser, no loop from elsewhere: this is all that happens when a network learns. Each
batch is answered, the answers give a loss, the loss gives a gradient, and each weight takes a
step against its own.
"""

import numpy as np
import torch

EPOCHS = 10
BATCH = 64
LEARNING_RATE = 0.5


def to_tensor(images):
    """uint8 (n, 28, 28) -> float (n, 784), from 0 to 1."""
    return torch.as_tensor(images).flatten(1).float() / 255


def is_seven(pixels, weights, bias):
    """(n,), from 0 to 1: a weighted sum of the pixels, through a sigmoid."""
    return (pixels @ weights + bias).sigmoid()


def train(data, run):
    pixels = to_tensor(data.train_x)
    sevens = torch.as_tensor(data.train_y == 7)
    cut = len(pixels) * 4 // 5
    weights = torch.zeros(784, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)

    for epoch in range(1, EPOCHS + 1):
        for rows in torch.randperm(cut).split(BATCH):
            said = is_seven(pixels[rows], weights, bias)
            right = torch.where(sevens[rows], said, 1 - said)
            loss = -right.clamp_min(1e-6).log().mean()
            loss.backward()
            with torch.no_grad():  # a step is no part of what is differentiated
                for parameter in (weights, bias):
                    parameter -= LEARNING_RATE * parameter.grad
                    parameter.grad.zero_()  # gradients add up until they are cleared
        with torch.no_grad():
            found = is_seven(pixels[cut:], weights, bias) > 0.5
        run.log(step=epoch, loss=loss.item(), valid_accuracy=(found == sevens[cut:]).float().mean())
        run.progress(epoch, EPOCHS)
    return {"weights": weights.detach(), "bias": bias.detach()}


def predict(model, inputs, run):
    """Probabilities (n, 2), of a three and of a seven."""
    seven = is_seven(to_tensor(inputs), **model).numpy()
    return np.stack([1 - seven, seven], axis=1)
