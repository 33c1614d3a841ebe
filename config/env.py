"""Typed readers of the environment; each remembers its setting, so that docs/settings.md can be generated."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One setting as an operator meets it."""

    name: str
    default: str
    meaning: str


SETTINGS: list[Setting] = []


def raw(name: str) -> str | None:
    """The value of NAME, or the contents of the file that NAME_FILE names.

    Raises ImproperlyConfigured when both are given or the file cannot be read.
    """
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and file is not None:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if file is None:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        # Without its cause, which quotes the bytes: they are part of a secret.
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is not UTF-8 text.") from None


def _read(name: str, default: T, shown: str, meaning: str, parse: Callable[[str], T]) -> T:
    SETTINGS.append(Setting(name, shown, " ".join(meaning.split())))
    value = raw(name)
    if value is None or value == "":
        return default
    try:
        return parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def text(name: str, default: str, meaning: str) -> str:
    """A line of text."""
    return _read(name, default, f"`{default}`" if default else "", meaning, str)


def integer(name: str, default: int, meaning: str) -> int:
    """A whole number."""
    return _read(name, default, f"`{default}`", meaning, int)


def integers(name: str, default: list[int], meaning: str) -> list[int]:
    """Whole numbers separated by commas."""
    shown = f"`{','.join(map(str, default))}`" if default else ""
    return _read(name, default, shown, meaning, lambda value: [int(word) for word in value.split(",")])


def choice(name: str, default: str, options: list[str], meaning: str) -> str:
    """One of a few words."""

    def parse(value: str) -> str:
        if value not in options:
            raise ValueError(f"{value!r} is none of {', '.join(options)}.")
        return value

    return _read(name, default, f"`{default}`", meaning, parse)


def secret(name: str, meaning: str) -> str:
    """A secret; never shown with a default."""
    return _read(name, "", "", meaning, str)


def words(name: str, default: list[str], meaning: str) -> list[str]:
    """Words separated by commas."""
    shown = f"`{','.join(default)}`" if default else ""
    return _read(name, default, shown, meaning, lambda value: [w.strip() for w in value.split(",") if w.strip()])


def _boolean(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.lower() not in known:
        raise ValueError(f"{value!r} is neither true nor false.")
    return known[value.lower()]


def flag(name: str, default: bool, meaning: str) -> bool:
    """True or false: 1/0, true/false, yes/no."""
    return _read(name, default, f"`{str(default).lower()}`", meaning, _boolean)
