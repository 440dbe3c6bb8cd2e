"""Where is the animal? This starter runs, and falls short of a pass.

It takes the animal to be where the photo is busy: fur has more contrast than a wall. So does a
lawn, a carpet, a fence. Nothing is learned here. What would a network that tells breeds look at?
"""

from labs.kit import open_photos

CELLS = 14


def train(data, run):
    """data.train_x: a list of paths; data.train_y: int (n,), places in data.classes."""
    print(f"{len(data.train_x)} photos of {', '.join(data.classes)}, and nothing learned from them")
    return "contrast"


def predict(model, inputs, run):
    """(n, 14, 14): how much the brightness varies within each cell of inputs.photos."""
    grey = open_photos(inputs.photos, 224).float().mean(dim=1)
    cells = grey.unflatten(1, (CELLS, -1)).unflatten(3, (CELLS, -1))
    return cells.std(dim=(2, 4)).numpy()
