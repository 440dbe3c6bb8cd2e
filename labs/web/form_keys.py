"""The id that a form was made with, so that a double click acts once."""

import uuid


def form_key(text: str) -> str | None:
    """The key that the services know; None for anything that no form of ours carries."""
    try:
        return f"web-{uuid.UUID(text)}"
    except ValueError:
        return None
