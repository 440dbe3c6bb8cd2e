"""The deployment's secret, which draws and disguises every hidden test set."""

import os
import secrets
import stat
import tempfile
from pathlib import Path

from labs.domain.errors import SecretBroken

SECRET_BYTES = 32


def read_or_create_secret(path: Path) -> bytes:
    """The 32 bytes in `path`, made at the first call; of several first callers one wins.

    The file is readable by its owner alone; a wider mode is narrowed. Losing it draws new hidden
    sets, so that earlier results no longer compare. Raises SecretBroken where something else lies
    there, rather than replacing it.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        secret = file.read(SECRET_BYTES + 1)
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    if len(secret) != SECRET_BYTES:
        raise SecretBroken(
            f"{path} does not hold the {SECRET_BYTES} bytes that draw the hidden test sets.",
            cure="Bring it back from a backup; or delete it, which draws new hidden test sets.",
        )
    if mode & 0o077:
        path.chmod(0o600)
    return secret


def _create(path: Path) -> None:
    """Whole or not at all: linking a finished file fails where another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".secret.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()
