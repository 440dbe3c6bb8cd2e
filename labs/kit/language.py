"""A language model, and the classifier that stands on what it has learned."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labs.kit.evaluation import predictions
from labs.kit.text import TextBatches

State = list[tuple[Tensor, Tensor]]


def same_mask_dropout(values: Tensor, share: float, training: bool) -> Tensor:
    """One mask for all times of a sequence: (n, time, width) loses the same places at each
    (Gal and Ghahramani, 2016)."""
    if not training or not share:
        return values
    mask = values.new_empty(len(values), 1, values.shape[2]).bernoulli_(1 - share)
    return values * mask / (1 - share)


class AwdLstm(nn.Module):
    """LSTM layers over embeddings, with a dropout for everything (Merity and others, Regularizing
    and optimizing LSTM language models, 2018).

    Of whole words in the embedding, of their numbers, between layers, and of the recurrent weights
    (drawn once a batch). Their shares are fastai's for a language model; `drop` scales all of
    them: more data want less. Gives (n, time, width).
    Its state lasts from batch to batch, without gradients (truncated backpropagation through
    time), until `forget()`, which `model.train()` and `model.eval()` call too.
    """

    def __init__(
        self, words: int, *, width: int = 400, hidden: int = 1152, layers: int = 3, drop: float = 1
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=1)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        sizes = [width, *[hidden] * (layers - 1), width]
        self.cells = nn.ModuleList(
            nn.LSTM(before, after, batch_first=True) for before, after in pairwise(sizes)
        )
        self.width = width
        self.word_drop, self.input_drop = 0.02 * drop, 0.25 * drop
        self.weight_drop, self.hidden_drop = 0.2 * drop, 0.15 * drop
        self.state: State | None = None

    def forget(self) -> None:
        self.state = None

    def train(self, mode: bool = True) -> "AwdLstm":
        self.forget()
        return super().train(mode)

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()  # type: ignore[no-untyped-call]
        return {**kept, "state": None}

    def forward(self, words: Tensor) -> Tensor:
        values = same_mask_dropout(self._embedded(words), self.input_drop, self.training)
        kept = self.state if self.state and self.state[0][0].shape[1] == len(words) else None
        after: State = []
        for number, cell in enumerate(self.cells):
            before = None if kept is None else kept[number]
            values, (hidden, memory) = self._run(cast(nn.LSTM, cell), values, before)
            after.append((hidden.detach(), memory.detach()))
            if number < len(self.cells) - 1:
                values = same_mask_dropout(values, self.hidden_drop, self.training)
        self.state = after
        return values

    def _embedded(self, words: Tensor) -> Tensor:
        weight = self.embedding.weight
        if self.training and self.word_drop:
            mask = weight.new_empty(len(weight), 1).bernoulli_(1 - self.word_drop)
            weight = weight * mask / (1 - self.word_drop)
        return F.embedding(words, weight, padding_idx=1)

    def _run(
        self, cell: nn.LSTM, values: Tensor, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        weights: dict[str, Tensor] = dict(cell.named_parameters())
        if self.training and self.weight_drop:
            weights["weight_hh_l0"] = F.dropout(weights["weight_hh_l0"], self.weight_drop)
        arguments = (values,) if state is None else (values, state)
        out = torch.func.functional_call(cell, weights, arguments)
        return cast(tuple[Tensor, tuple[Tensor, Tensor]], out)


class LanguageModel(nn.Module):
    """Scores (n, time, words) for the next word; the decoder's weights are the embedding's (tying:
    Press and Wolf, 2017). Train it with `LanguageLoss`."""

    def __init__(self, body: AwdLstm, *, drop: float = 0.1) -> None:
        super().__init__()
        self.body, self.drop = body, drop
        self.decoder = nn.Linear(body.width, body.embedding.num_embeddings)
        self.decoder.weight = body.embedding.weight
        self.raw: Tensor | None = None
        self.dropped: Tensor | None = None

    def forward(self, words: Tensor) -> Tensor:
        raw = self.body(words)
        dropped = same_mask_dropout(raw, self.drop, self.training)
        self.raw, self.dropped = (raw, dropped) if self.training else (None, None)
        return cast(Tensor, self.decoder(dropped))

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()  # type: ignore[no-untyped-call]
        return {**kept, "raw": None, "dropped": None}


class LanguageLoss:
    """Cross-entropy of the next word; in training also AR, which keeps activations small, and TAR,
    which keeps them from jumping between neighbouring times (Merity and others, 2018)."""

    def __init__(self, model: LanguageModel, *, ar: float = 2.0, tar: float = 1.0) -> None:
        self.model, self.ar, self.tar = model, ar, tar

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        loss = F.cross_entropy(outputs.flatten(0, 1), targets.flatten())
        raw, dropped = self.model.raw, self.model.dropped
        if self.model.training and raw is not None and dropped is not None:
            loss = loss + self.ar * dropped.float().pow(2).mean()
            if raw.shape[1] > 1:
                loss = loss + self.tar * (raw[:, 1:] - raw[:, :-1]).float().pow(2).mean()
        return loss


class TextClassifier(nn.Module):
    """Concat pooling over a language model's body: its last output, the largest and the mean of
    all, then two linear layers (Howard and Ruder, ULMFiT, 2018). Padding (1) counts nowhere.

    `groups` are for gradual unfreezing, `freeze_to(model.groups, -1)`, -2, ...
    """

    def __init__(
        self, body: AwdLstm, classes: int, *, between: int = 50, drop: float = 0.1
    ) -> None:
        super().__init__()
        self.body = body
        self.head = nn.Sequential(
            nn.BatchNorm1d(3 * body.width), nn.Dropout(drop), nn.Linear(3 * body.width, between),
            nn.ReLU(), nn.BatchNorm1d(between), nn.Dropout(drop), nn.Linear(between, classes),
        )  # fmt: skip

    @property
    def groups(self) -> list[nn.Module]:
        return [self.body.embedding, *self.body.cells, self.head]

    def forward(self, words: Tensor) -> Tensor:
        self.body.forget()
        outputs = self.body(words)
        present = (words != 1)[:, :, None]
        count = present.sum(1).clamp_min(1)
        last = outputs.gather(1, (count - 1)[:, :, None].expand(-1, 1, outputs.shape[2]))[:, 0]
        highest = outputs.masked_fill(~present, -torch.inf).amax(1)
        mean = (outputs * present).sum(1) / count
        return cast(Tensor, self.head(torch.cat([last, highest, mean], 1)))


def text_predictions(
    model: nn.Module, documents: Sequence[Tensor], *, batch: int = 64, cut: int = 400
) -> Tensor:
    """What the model gives for each document, in order, in float32 on the CPU; dropout is off.

    Those of like length share a batch, so that little is padded. cut: as in `TextBatches`.
    """
    order = torch.tensor([min(len(each), cut) for each in documents]).argsort()
    sorted_ones = [documents[row] for row in order.tolist()]
    batches = TextBatches(sorted_ones, torch.zeros(len(order)), batch, shuffle=False, cut=cut)
    return predictions(model, batches)[order.argsort()]
