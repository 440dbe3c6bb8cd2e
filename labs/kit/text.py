"""Texts as tokens, tokens as numbers, numbers as batches."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

UNKNOWN, PADDING, START, CAPITAL, UPPER, REPEATED = (
    "xxunk", "xxpad", "xxbos", "xxmaj", "xxup", "xxrep",
)  # fmt: skip
_BREAK = re.compile(r"<br\s*/?>")
_RUN = re.compile(r"(\S)\1{3,}")
_TOKEN = re.compile(r"n't|'\w+|\w+(?=n't)|\w+|[^\w\s]")


def split_words(text: str) -> list[str]:
    """Words and marks in their order; "n't" and what follows an apostrophe stand alone, as in the
    Penn Treebank: "isn't bad!" gives is, n't, bad, !"""
    return _TOKEN.findall(text)


def tokenize(text: str) -> list[str]:
    """Words, marks and rules as tokens: a text starts with xxbos, xxmaj stands before a word that
    had a capital, xxup before one in capitals, `xxrep 5 !` for five marks (after Howard and
    Ruder, ULMFiT, 2018): so "The" and "the" are one word, and hardly anything is lost."""
    plain = _BREAK.sub("\n", text)
    plain = _RUN.sub(lambda run: f" {REPEATED} {len(run[0])} {run[1]} ", plain)
    tokens = [START]
    for word in split_words(plain):
        if len(word) > 1 and word.isupper():
            tokens += [UPPER, word.lower()]
        elif word[0].isupper():
            tokens += [CAPITAL, word.lower()]
        else:
            tokens.append(word)
    return tokens


class Vocabulary:
    """The most frequent tokens by number: 0 is xxunk, for all others, and 1 is padding (the book's
    chapter 10).

    at_least: how often a token must occur; a rare one teaches nothing and costs a row.
    """

    def __init__(
        self, documents: Iterable[Sequence[str]], *, size: int = 60_000, at_least: int = 3
    ) -> None:
        counts = Counter(token for document in documents for token in document)
        special = [UNKNOWN, PADDING]
        common = [token for token, count in counts.most_common(size) if count >= at_least]
        self.tokens = [*special, *(token for token in common if token not in special)]
        self._number = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def numbers(self, document: Sequence[str]) -> Tensor:
        """int64 (tokens,)."""
        return torch.tensor([self._number.get(token, 0) for token in document], dtype=torch.long)

    def words(self, numbers: Iterable[int]) -> list[str]:
        return [self.tokens[number] for number in numbers]


class LanguageBatches:
    """A stream of tokens for a language model: (n, length) and the same moved on by one.

    The stream is cut into `rows` long pieces that are read side by side: row i of a batch goes on
    where row i of the batch before ended, so that the model may keep its state. What is too short
    to fill all rows at the end is left out. (The book's chapter 10.)
    """

    def __init__(self, stream: Tensor, *, rows: int = 64, length: int = 72) -> None:
        each = (len(stream) - 1) // rows
        if each < 1:
            raise ValueError(f"{len(stream)} tokens do not fill {rows} rows: take fewer rows.")
        self.inputs = stream[: rows * each].view(rows, each)
        self.targets = stream[1 : rows * each + 1].view(rows, each)
        self.length = length

    def __len__(self) -> int:
        return -(-self.inputs.shape[1] // self.length)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, self.inputs.shape[1], self.length):
            part = slice(start, start + self.length)
            yield self.inputs[:, part], self.targets[:, part]


@dataclass
class TextBatches:
    """Documents of like length together, each batch padded at the end to its longest.

    shuffle: in another order each time, drawn among like lengths; without it, in the order given.
    cut: tokens that are kept of a document, the last ones, where a review says what it thinks.
    (Batches of like lengths: the book's chapter 10.)
    """

    documents: Sequence[Tensor]
    targets: Tensor
    size: int = 64
    shuffle: bool = True
    cut: int = 400
    padding: int = 1

    def __len__(self) -> int:
        return -(-len(self.documents) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.arange(len(self.documents))
        if self.shuffle:
            lengths = torch.tensor([min(len(each), self.cut) for each in self.documents])
            order = (lengths * (1 + 0.1 * torch.rand(len(lengths)))).argsort()
        batches = list(torch.split(order, self.size))
        if self.shuffle:
            batches = [batches[at] for at in torch.randperm(len(batches)).tolist()]
        for rows in batches:
            kept = [self.documents[row][-self.cut :] for row in rows.tolist()]
            yield pad(kept, self.padding), self.targets[rows]


def pad(documents: Sequence[Tensor], padding: int = 1) -> Tensor:
    """int64 (n, longest): shorter ones are filled at the end."""
    return torch.nn.utils.rnn.pad_sequence(
        list(documents), batch_first=True, padding_value=float(padding)
    )
