"""The neural variant: both embeddings and what is known of the film, side by side, into a network.

A dot product can only multiply a person's first factor by the film's first, and so on. A network
may combine all with all, and takes whatever else there is: here the film's kinds and its age. That
brings .012 (the mean of five secrets), and .024 for films with fewer than 20 ratings, where the
network is level with the dot product, 1.03. Over all films it stays behind it, .857 to .811.
"""

import torch
from torch import nn
from torch.nn import functional as F

from labs.kit import fit, predictions, sigmoid_range

PERSON, FILM = 40, 40  # factors; unlike in a dot product they need not be equally many
HIDDEN = 100
EPOCHS = 8
BATCH = 1024
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 3e-4
HIGHEST = 5.5


class FilmNet(nn.Module):
    """Numbers of people and films (n,) -> ratings (n,). `known`: what is known, a row a film."""

    def __init__(self, people, films, known):
        super().__init__()
        self.people, self.films = nn.Embedding(people, PERSON), nn.Embedding(films, FILM)
        for layer in (self.people, self.films):
            nn.init.normal_(layer.weight, std=0.05)
        self.register_buffer("known", known)
        self.layers = nn.Sequential(
            nn.Linear(PERSON + FILM + known.shape[1], HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, user, item):
        parts = [self.people(user), self.films(item), self.known[item]]
        return sigmoid_range(self.layers(torch.cat(parts, dim=1))[:, 0], 0, HIGHEST)


def facts(films):
    """float (films, kinds + 1): which kinds a film is of, and its age; rows by number."""
    kinds = films.genres.fillna("").str.get_dummies(" ")
    year = films.year.where(films.year > 0, films.year[films.year > 0].median())
    age = (year - year.mean()) / year.std()
    return torch.tensor(kinds.assign(age=age).to_numpy("float32"))


def numbers(ratings):
    return tuple(torch.tensor(ratings[name].to_numpy()) for name in ("user", "item"))


def adam(groups):
    return torch.optim.Adam(groups, betas=(0.9, 0.99), fused=True)


def train(data, run):
    torch.manual_seed(run.seed)
    pairs, given = numbers(data.train_x), torch.tensor(data.train_y)
    cut = len(given) * 19 // 20
    model = FilmNet(int(pairs[0].max()) + 1, len(data.items), facts(data.items)).to(run.device)
    fit(
        model,
        (tuple(part[:cut] for part in pairs), given[:cut]),
        (tuple(part[cut:] for part in pairs), given[cut:]),
        epochs=EPOCHS,
        lr=LEARNING_RATE,
        batch=BATCH,
        wd=WEIGHT_DECAY,
        loss=F.mse_loss,
        optimizer=adam,
        run=run,
    )
    return model.cpu()


def predict(model, inputs, run):
    answers = predictions(model.to(run.device), numbers(inputs), batch=10_000)
    return answers.clip(1, 5).numpy()
