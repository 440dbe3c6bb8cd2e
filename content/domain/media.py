"""Pictures and sounds of own cards: told by their first bytes, never by what they are called."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

FILE_MAX = 10_000_000
"""Bytes of one file."""
QUOTA = 500_000_000
"""Bytes of all files of one learner."""
NAME_MAX = 120
IMAGE_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
SOUND_TYPES = {
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
}
TAKEN = "PNG, JPEG, GIF and WebP pictures; MP3, Ogg, WAV, FLAC and M4A sounds"
HEAD = 16
"""Bytes that `kind_of` looks at."""
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*#%\[\]()]')


@dataclass(frozen=True)
class StoredMedia:
    """A learner's file: `name` is what their cards call it, `url` where it is served to them."""

    name: str
    url: str
    sha256: str
    size: int


def kind_of(head: bytes) -> str | None:
    """The ending that fits a file beginning with `head`: png, mp3 and so on; None for others."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"fLaC":
        return "flac"
    if head[4:8] == b"ftyp" and head[8:12] in (b"M4A ", b"mp42", b"isom", b"mp41", b"dash"):
        return "m4a"
    # An MPEG audio frame: eleven set bits, then a layer and a bit rate that exist.
    frame = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    if head[:3] == b"ID3" or (frame and head[1] & 0x06 and head[2] & 0xF0 != 0xF0):
        return "mp3"
    return None


def content_type(kind: str | None) -> str:
    """The type a file is served as; what is neither picture nor sound is only ever downloaded."""
    return (IMAGE_TYPES | SOUND_TYPES).get(kind or "", "application/octet-stream")


def safe_name(name: str, kind: str) -> str:
    """The name without folders, control signs and what would end a link; it ends in the kind."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    base = _UNFIT.sub("_", base).strip(" .")
    stem, dot, ending = base.rpartition(".")
    if not dot or ending.casefold() not in {*IMAGE_TYPES, *SOUND_TYPES, "jpeg", "oga", "opus"}:
        stem, ending = base, kind
    stem = stem.strip(" .").replace(" ", "_")[: NAME_MAX - 6] or "file"
    return f"{stem}.{ending}"


def address(sha256: str, name: str) -> str:
    """Where a file is served to its owner; it changes with the content, so browsers may keep it."""
    return f"/media/{sha256[:16]}/{quote(name)}"
