"""Thumbs up or down? This starter runs, and falls short of a pass.

It counts words from two short lists that somebody made up. Which words would the reviews themselves
put on such lists? And what would you do with a review that has "great" and "boring" in it?
"""

import numpy as np

GOOD = {"good", "great", "best", "love", "excellent", "wonderful"}
BAD = {"bad", "worst", "boring", "awful", "poor", "stupid"}


def balance(text):
    """Good words less bad ones; below 0 the review sounds unhappy."""
    words = text.lower().split()
    return sum(word in GOOD for word in words) - sum(word in BAD for word in words)


def train(data, run):
    """data.train_x: list of reviews; data.train_y: int (n,), 1 where the writer liked the film."""
    # Keep a fifth aside: only reviews that the model has not seen say how good it is.
    cut = len(data.train_x) * 4 // 5
    balances = np.array([balance(text) for text in data.train_x[:cut]])
    liked = data.train_y[:cut] == 1
    model = {"limit": (balances[liked].mean() + balances[~liked].mean()) / 2}

    right = predict(model, data.train_x[cut:], run) == data.train_y[cut:]
    run.log(step=1, valid_accuracy=right.mean())
    print(f"reviews with a balance above {model['limit']:.2f} are taken for friendly ones")
    return model


def predict(model, inputs, run):
    """One label per review: 1 for a friendly one, 0 for the others."""
    return np.array([int(balance(text) > model["limit"]) for text in inputs])
