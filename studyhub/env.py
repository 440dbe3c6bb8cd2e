"""Typed readers of environment variables that fail early and say what to do.

Each reader also looks for `NAME_FILE`, a path whose content is the value, so that secrets can be
mounted as files. A variable that is set but empty counts as not set.
"""

import os
from collections.abc import Mapping
from pathlib import Path


class EnvironmentInvalid(Exception):
    """A variable has a value that cannot be used; the message names it and the cure."""


class Environment:
    """Reads one mapping of variables, by default the process's own."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables

    def text(self, name: str, default: str = "") -> str:
        value = self._variables.get(name, "").strip()
        if value:
            return value
        path = self._variables.get(f"{name}_FILE", "").strip()
        if not path:
            return default
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise EnvironmentInvalid(
                f"{name}_FILE names {path}, which cannot be read ({problem}). "
                "Point it at a readable text file, or unset it."
            ) from problem

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        if not value:
            return default
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise EnvironmentInvalid(f"{name} is {value!r}. Set it to 1 or 0.")

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name)
        if not value:
            return default
        try:
            number = int(value)
        except ValueError as problem:
            raise EnvironmentInvalid(
                f"{name} is {value!r}. Set it to a whole number from {low} to {high}."
            ) from problem
        if not low <= number <= high:
            raise EnvironmentInvalid(f"{name} is {number}. Set it from {low} to {high}.")
        return number

    def path(self, name: str, default: Path) -> Path:
        value = self.text(name)
        return Path(value).expanduser().resolve() if value else default

    def folder(self, name: str, default: Path, *inner: str) -> Path:
        """A folder that is made where it is missing, with the folders `inner` in it."""
        folder = self.path(name, default)
        try:
            for part in ("", *inner):
                (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise EnvironmentInvalid(
                f"{name} is {folder}, where folders cannot be made ({problem}). "
                "Set it to a folder that this user may write to."
            ) from problem
        return folder

    def names(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A comma-separated list, without blanks."""
        value = self.text(name)
        return [part.strip() for part in value.split(",") if part.strip()] or list(default)
