"""Thirty hidden units: two linear layers with a ReLU between them.

The loop is that of `linear.py`. What was written by hand there now has names: `nn.Linear` holds the
weights, a loss function takes the logarithm, and `torch.optim.SGD` takes the steps.
"""

import torch
from torch import nn
from torch.nn import functional as F

EPOCHS = 10
BATCH = 64
LEARNING_RATE = 0.2


def to_tensor(images):
    """uint8 (n, 28, 28) -> float (n, 784), from 0 to 1."""
    return torch.as_tensor(images).flatten(1).float() / 255


def train(data, run):
    pixels = to_tensor(data.train_x)
    classes = torch.as_tensor(data.train_y == 7).long()  # 3 -> 0, 7 -> 1
    cut = len(pixels) * 4 // 5
    model = nn.Sequential(nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    for epoch in range(1, EPOCHS + 1):
        for rows in torch.randperm(cut).split(BATCH):
            loss = F.cross_entropy(model(pixels[rows]), classes[rows])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        with torch.no_grad():
            found = model(pixels[cut:]).argmax(1)
            right = (found == classes[cut:]).float().mean()
        run.log(step=epoch, loss=loss.item(), valid_accuracy=right)
        run.progress(epoch, EPOCHS)
    return model


@torch.no_grad()
def predict(model, inputs, run):
    """Probabilities (n, 2), of a three and of a seven."""
    return model(to_tensor(inputs)).softmax(1).numpy()
