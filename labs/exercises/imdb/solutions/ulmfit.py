"""ULMFiT: learn to write reviews first, then to judge them (Howard and Ruder, 2018). For a GPU.

A language model guesses each next word. It needs no labels, and to guess well it has to learn how
reviews are put together, and what goes with "waste of". Its body then becomes the first part of the
classifier, which is unfrozen from the head down, a layer more at a time, the lower ones with lower
rates. The book starts from a model that has read Wikipedia; here it reads the reviews alone.

Two CPU cores read some 2,500 words a second, 2,400 seconds for all reviews once. So without a GPU
this file works with a small network on a few reviews: it shows the way, and reaches .54 (one
secret). What it reaches on a GPU, and in what time, has not been measured here.
"""

from dataclasses import dataclass

import torch

from labs.kit import (
    AwdLstm,
    LanguageBatches,
    LanguageLoss,
    LanguageModel,
    TextBatches,
    TextClassifier,
    Vocabulary,
    fit,
    freeze_to,
    text_predictions,
    tokenize,
)


@dataclass
class Size:
    """The network, how much it reads, and for how long."""

    width: int = 400
    hidden: int = 1152
    layers: int = 3
    words: int = 60_000
    reviews: int | None = None  # None: all
    rows: int = 128
    reading: int = 10  # epochs of the language model
    judging: int = 4  # epochs of the classifier once all of it is free
    drop: float = 0.6  # of fastai's shares, which the kit begins with


SMALL = Size(width=64, hidden=128, layers=2, words=8_000, reviews=1_000, rows=32, reading=2)


def train(data, run, size=None):
    size = size or (Size() if run.device == "cuda" else SMALL)
    torch.manual_seed(run.seed)
    labels = torch.as_tensor(data.train_y)[: size.reviews]
    reviews = [tokenize(text) for text in data.train_x[: size.reviews]]
    cut = len(reviews) * 9 // 10
    vocabulary = Vocabulary(reviews[:cut], size=size.words)
    documents = [vocabulary.numbers(review) for review in reviews]

    body = AwdLstm(
        len(vocabulary), width=size.width, hidden=size.hidden, layers=size.layers, drop=size.drop
    )
    read(body, documents, cut, size, run)
    model = judge(body, documents, labels, cut, size, run)
    return {"vocabulary": vocabulary, "model": model.cpu()}


def read(body, documents, cut, size, run):
    """Train the language model on the reviews, one after the other as a stream; a third of the time
    is left to the classifier."""
    model = LanguageModel(body).to(run.device)
    training, valid = torch.cat(documents[:cut]), torch.cat(documents[cut:])
    fit(
        model,
        LanguageBatches(training, rows=size.rows),
        LanguageBatches(valid, rows=size.rows),
        epochs=size.reading,
        lr=5e-3,
        wd=0.1,
        loss=LanguageLoss(model),
        metrics=(),
        clip=1.0,
        run=run,
        epochs_after=3 + size.judging,
        keep=run.deadline / 3,
    )


def judge(body, documents, labels, cut, size, run):
    """Put a head on the body; train the head, the layer below it as well, and so on down."""
    model = TextClassifier(body, 2).to(run.device)
    training = TextBatches(documents[:cut], labels[:cut], size=size.rows)
    valid = TextBatches(documents[cut:], labels[cut:], size=size.rows, shuffle=False)
    phases = [(-1, 1, 1e-2), (-2, 1, 5e-3), (-3, 1, 2.5e-3), (0, size.judging, 1e-3)]
    done = size.reading
    for first, epochs, rate in phases:
        freeze_to(model.groups, first)
        fit(
            model,
            training,
            valid,
            epochs=epochs,
            lr=slice(rate / 2.6**4, rate),
            groups=model.groups,
            wd=0.1,
            clip=1.0,
            run=run,
            epochs_before=done,
            epochs_after=size.reading + 3 + size.judging - done - epochs,
        )
        done += epochs
    return model


def predict(solution, inputs, run):
    """Probabilities (n, 2), of against and for."""
    model = solution["model"].to(run.device)
    documents = [solution["vocabulary"].numbers(tokenize(text)) for text in inputs]
    return text_predictions(model, documents).softmax(dim=1).numpy()
