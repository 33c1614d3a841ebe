"""Which Octicons are there. The sprite is written by scripts/vendor_static.py."""

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

SPRITE = "vendor/octicons/octicons.svg"


class UnknownIconError(KeyError):
    """The sprite has no such icon: add its name to scripts/vendor_static.py and run that."""


@cache
def available() -> frozenset[str]:
    """Every `<name>-<size>` of the sprite."""
    path = finders.find(SPRITE)
    if not isinstance(path, str):
        raise UnknownIconError(f"{SPRITE} is not among the static files")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', Path(path).read_text(encoding="utf-8")))


def symbol(name: str, size: int) -> str:
    """The id of an icon in the sprite, or UnknownIconError; a page never shows an empty square."""
    key = f"{name}-{size}"
    if key not in available():
        raise UnknownIconError(key)
    return key
