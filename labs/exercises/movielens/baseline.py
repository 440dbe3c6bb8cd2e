"""The baseline: how good the film is, and how generous the person. No taste in it at all.

A rating is the mean of all ratings, plus a number for the film, plus a number for the person. Each
number is the mean of what the other one leaves over, drawn towards 0 where there are few ratings:
a film with a single five is not the best film there is. A model that does no better has not learned
who likes what.
"""

import numpy as np

FEW = 5  # so many ratings at 0 are added to everybody's own
ROUNDS = 10


def train(data, run):
    cut = len(data.train_x) * 19 // 20
    model = biases(data.train_x[:cut], data.train_y[:cut].astype(float), data.items)
    error = predict(model, data.train_x[cut:], run) - data.train_y[cut:]
    run.log(step=1, valid_mse=(error**2).mean())
    return model


def biases(ratings, given, films):
    """The mean of all ratings, and one number a person and a film."""
    users, items = ratings["user"].to_numpy(), ratings["item"].to_numpy()
    mean = given.mean()
    of_user, of_film = np.zeros(users.max() + 1), np.zeros(len(films))
    for _ in range(ROUNDS):
        of_film = damped_mean(items, given - mean - of_user[users], len(of_film))
        of_user = damped_mean(users, given - mean - of_film[items], len(of_user))
    return {"mean": mean, "user": of_user, "film": of_film}


def damped_mean(groups, values, count):
    return np.bincount(groups, values, count) / (np.bincount(groups, minlength=count) + FEW)


def predict(model, inputs, run):
    generous = model["user"][inputs["user"].to_numpy()]
    liked = model["film"][inputs["item"].to_numpy()]
    return np.clip(model["mean"] + generous + liked, 1, 5)
