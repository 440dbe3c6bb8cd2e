"""Which examples are asked: a split that only the deployment's secret knows.

Membership is a keyed hash of (lab, example id). It needs no database, stays the same from run to
run, and adding an example moves no other one. Order and part come from the same digest, so the
order in which hidden inputs are handed out says nothing about where they lay in the public file.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

_UNIT = 2.0**64


@dataclass(frozen=True)
class Split:
    """Rows of the pool, `train` and `hidden`, each in a keyed order.

    Published data are often sorted, by source or by difficulty; in keyed order any part of `train`
    is a fair validation set. `final[i]` says whether hidden row i belongs to the graded part, else
    to the feedback part.
    """

    train: tuple[int, ...]
    hidden: tuple[int, ...]
    final: tuple[bool, ...]


def keyed_digest(secret: bytes, *parts: str) -> bytes:
    """32 bytes from HMAC-SHA256; parts are length-prefixed, so ("a", "bc") is not ("ab", "c")."""
    message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (p.encode() for p in parts))
    return hmac.digest(secret, message, sha256)


def keyed_seed(secret: bytes, lab: str, purpose: str) -> int:
    """A seed for a random generator that nobody without the secret can repeat."""
    return int.from_bytes(keyed_digest(secret, "seed", lab, purpose), "big")


def split(
    ids: Sequence[str], *, secret: bytes, lab: str, share: float, feedback_share: float
) -> Split:
    """Draw about `share` of `ids` as hidden, about `feedback_share` of these for feedback."""
    train: list[tuple[bytes, int]] = []
    hidden: list[tuple[bytes, int, bool]] = []
    for row, example in enumerate(ids):
        digest = keyed_digest(secret, "example", lab, example)
        if _fraction(digest[0:8]) >= share:
            train.append((digest[16:], row))
        else:
            hidden.append((digest[16:], row, _fraction(digest[8:16]) >= feedback_share))
    train.sort()
    hidden.sort()
    return Split(
        train=tuple(row for _, row in train),
        hidden=tuple(row for _, row, _ in hidden),
        final=tuple(final for _, _, final in hidden),
    )


def _fraction(raw: bytes) -> float:
    return int.from_bytes(raw, "big") / _UNIT
