"""Text from strangers, made harmless once when it comes in. Pure.

PostgreSQL refuses NUL and lone surrogates, people are misled by bidi controls and zero-width characters,
and a name of ten kilobytes hides what stands below it. What is taken away is replaced by something visible.
"""

import unicodedata
from typing import Any

LINE = 255
PROSE = 4_096
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by their category that draw nothing: Hangul fillers and the empty Braille pattern."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT_CONTROLS = {"\n", "\t"}
_ELLIPSIS = "…"


def visible(text: str, *, limit: int = LINE, multiline: bool = False) -> str:
    """`text` with control, format, surrogate and private characters as visible `⟨U+202E⟩`, cut at `limit`.

    A single-line text also shows its line breaks and tabs as spaces.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS
    if cut.isascii() and cut.isprintable():
        return cut
    shown = "".join(_shown(character, multiline) for character in cut)
    return shown if len(shown) <= limit else shown[: limit - 1] + _ELLIPSIS


def _shown(character: str, multiline: bool) -> str:
    if character in _KEPT_CONTROLS:
        return character if multiline else " "
    if character == "\r":
        return "" if multiline else " "
    if character in BLANKS or (unicodedata.category(character) in _HIDDEN and character != "\u200d"):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def clean(value: Any, *, limit: int = PROSE) -> Any:
    """A decoded JSON value with every text in it made `visible`; shape and numbers stay."""
    if isinstance(value, str):
        return (
            value
            if value.isascii() and value.isprintable() and len(value) <= limit
            else visible(value, limit=limit, multiline=True)
        )
    if isinstance(value, list):
        return [clean(item, limit=limit) for item in value]
    if isinstance(value, dict):
        return {clean(key, limit=LINE): clean(item, limit=limit) for key, item in value.items()}
    return value
