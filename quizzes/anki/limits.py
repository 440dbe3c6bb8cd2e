"""How large an Anki package may be. What is larger is refused before it is unpacked."""

from dataclasses import dataclass

MiB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes. `ratio` bounds how much more a member may hold than it takes in the
    package, once it holds more than `free`; `steps` bounds the work of SQLite's virtual machine
    for one table."""

    package: int = 512 * MiB
    members: int = 50_000
    collection: int = 512 * MiB
    media_file: int = 64 * MiB
    media_total: int = 1024 * MiB
    media_list: int = 16 * MiB
    ratio: int = 200
    free: int = 16 * MiB
    notes: int = 200_000
    cards: int = 400_000
    reviews: int = 3_000_000
    note_types: int = 2_000
    decks: int = 10_000
    note_text: int = 200_000
    definition: int = 4 * MiB
    rendered: int = 500_000
    steps: int = 1_000_000_000


LIMITS = Limits()
