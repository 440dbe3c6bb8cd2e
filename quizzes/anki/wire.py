"""The few bits of the protobuf wire format that Anki's files need.

Encoding: protobuf.dev, "Encoding". Field numbers: Anki's public `proto/` definitions.
"""

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | bytes
Fields = dict[int, list[Value]]
MOST_FIELDS = 100_000


class WireError(ValueError):
    """The bytes are no protobuf message."""


def read(data: bytes) -> Fields:
    """All fields of one message, by number. Fixed-size ones stay bytes."""
    found: Fields = {}
    for number, value in _scan(data):
        found.setdefault(number, []).append(value)
    return found


def _scan(data: bytes) -> Iterator[tuple[int, Value]]:
    at, count = 0, 0
    while at < len(data):
        count += 1
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0 or count > MOST_FIELDS:
            raise WireError("no such field")
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == BYTES:
            size, at = _varint(data, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise WireError("no such wire type")
        if at + size > len(data):
            raise WireError("the message ends early")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise WireError("a number ends early")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value & (2**64 - 1), at
        shift += 7


def whole(found: Fields, number: int, default: int = 0) -> int:
    """A signed 64-bit number; the last one where there are several."""
    value = found.get(number, [default])[-1]
    if isinstance(value, bytes):
        raise WireError("a number was expected")
    return value - 2**64 if value >= 2**63 else value


def text(found: Fields, number: int) -> str:
    return raw(found, number).decode("utf-8", "replace")


def raw(found: Fields, number: int) -> bytes:
    value = found.get(number, [b""])[-1]
    if isinstance(value, int):
        raise WireError("bytes were expected")
    return value


def floats(found: Fields, number: int) -> list[float]:
    """A list of 32-bit numbers, packed or one by one."""
    joined = b"".join(part for part in found.get(number, []) if isinstance(part, bytes))
    if len(joined) % 4:
        raise WireError("a list of numbers ends early")
    return [value[0] for value in struct.iter_unpack("<f", joined)]


def put_whole(number: int, value: int) -> bytes:
    """Nothing for 0, which is what a missing number means."""
    return _key(number, VARINT) + _put_varint(value & (2**64 - 1)) if value else b""


def put_bytes(number: int, value: bytes) -> bytes:
    return _key(number, BYTES) + _put_varint(len(value)) + value if value else b""


def put_message(number: int, value: bytes) -> bytes:
    """Like `put_bytes`, and also there when it is empty."""
    return _key(number, BYTES) + _put_varint(len(value)) + value


def put_text(number: int, value: str) -> bytes:
    return put_bytes(number, value.encode("utf-8", "replace"))


def put_floats(number: int, values: list[float]) -> bytes:
    return put_bytes(number, struct.pack(f"<{len(values)}f", *values))


def put_float(number: int, value: float) -> bytes:
    return _key(number, FIXED32) + struct.pack("<f", value)


def put_wholes(number: int, values: list[int]) -> bytes:
    return put_bytes(number, b"".join(_put_varint(value & (2**64 - 1)) for value in values))


def wholes(found: Fields, number: int) -> list[int]:
    """A list of numbers, packed or one by one."""
    values: list[int] = []
    for part in found.get(number, []):
        if isinstance(part, int):
            values.append(part)
            continue
        at = 0
        while at < len(part):
            value, at = _varint(part, at)
            values.append(value)
    return values


def _key(number: int, kind: int) -> bytes:
    return _put_varint(number << 3 | kind)


def _put_varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
