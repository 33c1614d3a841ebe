"""What somebody typed: a word, GitHub's number of something, the fingerprint of a token, or a token itself. Pure."""

import re

from apps.core.redaction import holds_secret

__all__ = ["MOST", "holds_secret", "is_fingerprint", "number", "word"]

MOST = 120
_FINGERPRINT = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def word(typed: str) -> str:
    """What is searched for; "" where there is nothing to search for."""
    harmless = " ".join("".join(one for one in typed if one.isprintable() or one.isspace()).split())
    return harmless[:MOST]


def is_fingerprint(typed: str) -> bool:
    """Whether it is base64 of a SHA-256, as GitHub's audit log writes `hashed_token`."""
    return _FINGERPRINT.fullmatch(typed) is not None


def number(typed: str) -> int | None:
    """GitHub's number, with or without the sign people put before it."""
    digits = typed.removeprefix("#")
    return int(digits) if _NUMBER.fullmatch(digits) else None
