"""A small network that reads: a vector for each word, their mean and their peaks, and two layers.

Each word becomes 100 numbers that are learned with all the rest. A review's words are many, so it
is described by the mean of each number over them, which says how it sounds on the whole, and by the
highest, which says whether it says a thing at all. The order of the words is lost; what is gained
over tf-idf is that words of like meaning come to have like numbers.
"""

import torch
from torch import nn

from labs.kit import TextBatches, Vocabulary, fit, text_predictions, tokenize

WORDS = 20_000
WIDTH = 100
EPOCHS = 3
BATCH = 64
LEARNING_RATE = 1e-2
CUT = 400  # words of a review that are read, the last ones


class Reader(nn.Module):
    """int64 (n, words), padded with 1 -> (n, 2) scores."""

    def __init__(self, words):
        super().__init__()
        self.vectors = nn.Embedding(words, WIDTH, padding_idx=1)
        nn.init.normal_(self.vectors.weight, std=0.05)
        self.drop = nn.Dropout(0.5)
        self.layers = nn.Sequential(nn.Linear(2 * WIDTH, 50), nn.ReLU(), nn.Linear(50, 2))

    def forward(self, words):
        present = (words != 1).unsqueeze(2)
        vectors = self.vectors(words)
        mean = (vectors * present).sum(dim=1) / present.sum(dim=1).clamp_min(1)
        highest = vectors.masked_fill(~present, -torch.inf).amax(dim=1)
        return self.layers(self.drop(torch.cat([mean, highest], dim=1)))


def train(data, run):
    torch.manual_seed(run.seed)
    labels = torch.as_tensor(data.train_y)
    reviews = [tokenize(text) for text in data.train_x]
    cut = len(reviews) * 19 // 20
    vocabulary = Vocabulary(reviews[:cut], size=WORDS)
    documents = [vocabulary.numbers(review) for review in reviews]
    model = Reader(len(vocabulary)).to(run.device)
    fit(
        model,
        TextBatches(documents[:cut], labels[:cut], size=BATCH, cut=CUT),
        TextBatches(documents[cut:], labels[cut:], size=BATCH, cut=CUT, shuffle=False),
        epochs=EPOCHS,
        lr=LEARNING_RATE,
        wd=0.01,
        run=run,
    )
    return {"vocabulary": vocabulary, "model": model.cpu()}


def predict(solution, inputs, run):
    """Probabilities (n, 2), of against and for."""
    model = solution["model"].to(run.device)
    documents = [solution["vocabulary"].numbers(tokenize(text)) for text in inputs]
    return text_predictions(model, documents, cut=CUT).softmax(dim=1).numpy()
