"""The baseline: one hidden layer, as in chapter 4, with ten outputs.

Each of a hundred hidden units weighs all 784 pixels, and knows nothing of which pixels are
neighbours: shuffle the pixels of all images alike, and it would learn just as well.
"""

import torch
from torch import nn

from labs.kit import fit, predictions

EPOCHS = 5
BATCH = 256
LEARNING_RATE = 1e-2


def to_tensor(images):
    """uint8 (n, 28, 28) -> float (n, 784), from 0 to 1."""
    return torch.as_tensor(images).flatten(1).float() / 255


def train(data, run):
    images, labels = to_tensor(data.train_x), torch.as_tensor(data.train_y)
    cut = len(images) * 9 // 10
    model = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)).to(run.device)
    fit(
        model,
        (images[:cut], labels[:cut]),
        (images[cut:], labels[cut:]),
        epochs=EPOCHS,
        batch=BATCH,
        lr=LEARNING_RATE,
        run=run,
    )
    return model.cpu()


def predict(model, inputs, run):
    return predictions(model.to(run.device), to_tensor(inputs), batch=2_000).softmax(1).numpy()
