"""What somebody typed: a word, GitHub's number of something, the fingerprint of a token, or a token itself. Pure."""

import re

MOST = 120
_FINGERPRINT = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
# The prefixes of docs.github.com, "About authentication to GitHub"; before 2021 a token was forty hexadecimal digits.
_SECRET = re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_.]{16,}|\b[0-9a-f]{40}\b", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def word(typed: str) -> str:
    """What is searched for; "" where there is nothing to search for."""
    harmless = " ".join("".join(one for one in typed if one.isprintable() or one.isspace()).split())
    return harmless[:MOST]


def is_fingerprint(typed: str) -> bool:
    """Whether it is base64 of a SHA-256, as GitHub's audit log writes `hashed_token`."""
    return _FINGERPRINT.fullmatch(typed) is not None


def holds_secret(typed: str) -> bool:
    """Whether a token's value is in it: that is neither searched for nor shown."""
    return _SECRET.search(typed) is not None


def number(typed: str) -> int | None:
    """GitHub's number, with or without the sign people put before it."""
    digits = typed.removeprefix("#")
    return int(digits) if _NUMBER.fullmatch(digits) else None
