"""The reference: two small models of biases and factors, and the mean of what they say.

Five ideas carry it from .89 to about .81:
* a person and a film each have 50 numbers that nobody named; their dot product says how well the
  two fit together (the factors, or the rows of two embeddings);
* each has one more number, the bias: some people are generous, some films are liked by all;
* a sigmoid keeps every answer between 0 and 5.5, a little more than the ratings' own range;
* weight decay keeps the factors of people and films with few ratings near 0, where they belong;
* models that start from other random numbers err in other places, so their mean errs less.

What the factors came to mean is printed at the end, and drawn.
"""

from html import escape

import torch
from torch.nn import functional as F

from labs.kit import DotProduct, bias_ranking, fit, nearest, predictions, principal_axes

FACTORS = 50
EPOCHS = 6
BATCH = 1024
LEARNING_RATE = 0.015
WEIGHT_DECAY = 2.5e-4
MODELS = 2
WELL_KNOWN = 200  # films whose factors are shown, by their number of ratings


def adam(groups):
    """Adam with weight decay as the chapter has it: a part of the loss, and so of its gradient."""
    return torch.optim.Adam(groups, betas=(0.9, 0.99), fused=True)


def train(data, run):
    pairs = numbers(data.train_x)
    given = torch.tensor(data.train_y)
    cut = len(given) * 19 // 20
    training = (tuple(part[:cut] for part in pairs), given[:cut])
    valid = (tuple(part[cut:] for part in pairs), given[cut:])

    models = []
    for number in range(MODELS):
        torch.manual_seed(run.seed + number)
        model = DotProduct(int(pairs[0].max()) + 1, len(data.items), factors=FACTORS)
        fit(
            model.to(run.device),
            training,
            valid,
            epochs=EPOCHS,
            lr=LEARNING_RATE,
            batch=BATCH,
            wd=WEIGHT_DECAY,
            loss=F.mse_loss,
            optimizer=adam,
            run=run,
            epochs_before=number * EPOCHS,
            epochs_after=(MODELS - 1 - number) * EPOCHS,
        )
        models.append(model.cpu())
    explain(models[0], data, run)
    return models


def numbers(ratings):
    """Two int64 tensors (n,): who, and which film."""
    return tuple(torch.tensor(ratings[name].to_numpy()) for name in ("user", "item"))


def predict(models, inputs, run):
    answers = [predictions(model.to(run.device), numbers(inputs), batch=10_000) for model in models]
    return torch.stack(answers).mean(dim=0).clip(1, 5).numpy()


def explain(model, data, run):
    """Liked by all and by nobody, the nearest of the best known films, and a map of taste."""
    known = torch.tensor(data.train_x["item"].value_counts().index[:WELL_KNOWN].to_numpy())
    titles = data.items.title[known.tolist()].tolist()  # rows of data.items are in order of item
    factors = model.items.weight.detach()[known]

    disliked, liked = bias_ranking(model.item_bias.weight[known], 5)
    print("liked, whatever one's taste:", "; ".join(titles[film] for film in liked))
    print("disliked, even by its fans:", "; ".join(titles[film] for film in disliked))
    for film in range(5):
        near = [titles[other] for other, cosine in nearest(factors, film, 3)]
        print(f"near {titles[film]}:", "; ".join(near))
    run.figure("Films along two directions of taste", drawn(principal_axes(factors, 2), titles))


def drawn(places, titles, shown=50):
    """A map as SVG: the title of each film at its two principal components."""
    places = places[:shown] / places[:shown].abs().amax(dim=0)
    words = "".join(
        f'<text x="{400 + 310 * x:.0f}" y="{300 - 285 * y:.0f}">{escape(title)}</text>'
        for (x, y), title in zip(places.tolist(), titles, strict=False)
    )
    frame = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"'
    return (
        f'<svg {frame} font-size="11" font-family="sans-serif" text-anchor="middle">{words}</svg>'
    )
