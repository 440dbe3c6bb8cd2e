"""Files that are handed in: each wants more of the unpacking than a folder of modules.

The bare process unpacks as a trusting program would (see naive.py). What stays the same in every
tier is done before anything is stored, so a row of the table shows the same four times.
"""

import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable

from tests.sandbox.attack import Handed

GOOD = b"""\
def train(data, run):
    return 1


def predict(model, inputs, run):
    return inputs
"""
Member = tuple[str | zipfile.ZipInfo, bytes]


def zipped(members: Iterable[Member]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("solution.py", GOOD)
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def notebook(*sources: object) -> bytes:
    cells = [{"cell_type": "code", "source": source} for source in (*sources, GOOD.decode())]
    return json.dumps({"nbformat": 4, "cells": cells}).encode()


def _with(*members: Member) -> Callable[[], bytes]:
    return lambda: zipped(members)


def _special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def _lying_bomb() -> bytes:
    content = bytearray(zipped([("zeros", bytes(12_000_000))]))
    size = (12_000_000).to_bytes(4, "little")
    while size in content:
        at = content.index(size)
        content[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def _overlapping() -> bytes:
    """Many names for one packed body, as in the zip bombs that need no nesting."""
    name, body = b"zeros", zipped([("zeros", bytes(2_000_000))])
    start = body.index(name) - 30
    packed, size = struct.unpack("<II", body[start + 18 : start + 26])
    crc = body[start + 14 : start + 18]
    end = body.index(b"PK\x01\x02")
    entries = b"".join(
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + crc
        + struct.pack("<IIHHHHHII", packed, size, len(each), 0, 0, 0, 0, 0, start)
        + each
        for each in (b"z%04d" % number for number in range(30))
    )
    tail = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 30, 30, len(entries), end, 0)
    return body[:end] + entries + tail


UPLOADS = (
    Handed("unpacks to more than there is room", "", make=_with(("zeros", bytes(12_000_000)))),
    Handed("unpacks to more than it says", "", make=_lying_bomb),
    Handed("unpacks one body under many names", "", make=_overlapping),
    Handed("climbs out of its folder", "", make=_with(("../escaped.py", b"x"))),
    Handed("climbs out from further in", "", make=_with(("a/../../escaped.py", b"x"))),
    Handed("climbs out by the other stroke", "", make=_with(("..\\escaped.py", b"x"))),
    Handed(
        "names a path from the root", "", make=_with((f"/tmp/studyhub-escaped-{os.getpid()}", b"x"))
    ),
    Handed(
        "brings a link out of its folder",
        "",
        make=_with((_special("link", stat.S_IFLNK | 0o777), b"../escaped.py"), ("other", b"")),
    ),
    Handed(
        "brings a link and writes through it",
        "",
        make=_with((_special("out", stat.S_IFLNK | 0o777), b".."), ("out/escaped.py", b"x")),
    ),
    Handed("brings a named pipe", "", make=_with((_special("pipe", stat.S_IFIFO | 0o666), b""))),
    Handed(
        "brings more files than fit",
        "",
        make=_with(*((f"m{number}.py", b"") for number in range(600))),
    ),
    Handed(
        "nests folders without end",
        "",
        make=_with(("/".join("d" * 1200) + "/x.py", b"")),
    ),
    Handed(
        "puts one file below another",
        "",
        make=_with(("net", b""), ("net/inner.py", b"")),
    ),
    Handed(
        "nests brackets without end",
        "",
        file="solution.py",
        make=lambda: GOOD + b"x = " + b"-" * 90_000 + b"1",
    ),
    Handed(
        "is no text at all",
        "",
        file="solution.py",
        make=lambda: b"\x7fELF\x02\x01\x01\x00" + GOOD,
    ),
    Handed(
        "claims an encoding that does not exist",
        "",
        file="solution.py",
        make=lambda: b"# coding: undefined\n" + GOOD,
    ),
    Handed(
        "is written in two-byte letters",
        "",
        file="solution.py",
        make=lambda: GOOD.decode().encode("utf-16"),
    ),
    Handed(
        "runs a shell line from a notebook",
        "",
        file="solution.ipynb",
        make=lambda: notebook("!touch ../escaped.py\nx = 1"),
    ),
    Handed(
        "runs a shell cell from a notebook",
        "",
        file="solution.ipynb",
        make=lambda: notebook("%%bash\ntouch ../escaped.py"),
    ),
    Handed(
        "nests a notebook without end",
        "",
        file="solution.ipynb",
        make=lambda: b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ),
    Handed(
        "is a notebook of many megabytes",
        "",
        file="solution.ipynb",
        make=lambda: notebook("x = 1\n" * 900_000),
    ),
    Handed(
        "is a notebook whose code is none",
        "",
        file="solution.ipynb",
        make=lambda: notebook({"a": 1}, ["import os\n", 3, None], 7),
    ),
)
