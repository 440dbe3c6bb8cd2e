"""Ways to damage a file: what a flaky disk, a broken download or a fuzzer does to its bytes."""

import re

from hypothesis import strategies as st

# A zip keeps its lengths, counts and offsets right behind these signatures, so about half of all
# damage is done there; anywhere else most of it only spoils a checksum.
_HEADS = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x06\x07)")
_TELLING = (b"\x00", b"\x00\x00", b"\xff", b"\xff\xff", b"\x01\x00\x04\x00", b"\xff\xff\xff\xff")
_WAYS = ("flip", "flip", "overwrite", "overwrite", "overwrite", "insert", "remove", "cut")

_ONE = st.tuples(
    st.sampled_from(_WAYS),
    st.integers(0, 255),  # near which head; the upper half means anywhere
    st.integers(0, 79) | st.integers(0, 1 << 20),
    st.sampled_from(_TELLING) | st.binary(min_size=1, max_size=8),
)


def damaged(wholes: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of `wholes` with one to four bits flipped, pieces changed, put in or taken out."""
    return st.builds(_damage, st.sampled_from(wholes), st.lists(_ONE, min_size=1, max_size=4))


def _damage(whole: bytes, damages: list[tuple[str, int, int, bytes]]) -> bytes:
    data = bytearray(whole)
    for way, near, by, piece in damages:
        if not data:
            break
        heads = [found.start() for found in _HEADS.finditer(data)] if near < 128 else []
        at = (heads[near % len(heads)] + by if heads else by) % len(data)
        if way == "flip":
            data[at] ^= 1 << piece[0] % 8
        elif way == "overwrite":
            data[at : at + len(piece)] = piece
        elif way == "insert":
            data[at:at] = piece
        elif way == "remove":
            del data[at : at + len(piece)]
        else:
            del data[at:]
    return bytes(data)
