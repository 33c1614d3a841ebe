"""Patterns that people write for logins: `*` stands for any text, `?` for one character; case means nothing. Pure.

Matched from the left with one step back at most to the last `*`, so that no pattern takes long.
"""

import re

ALPHABET = re.compile(r"[A-Za-z0-9_*?-]{1,120}")
"""GitHub's alphabet of logins, and the two signs."""


def is_pattern(text: str) -> bool:
    """Whether it can be matched against logins."""
    return ALPHABET.fullmatch(text) is not None


def fits(pattern: str, text: str) -> bool:
    """Whether the whole `text` is as the pattern says."""
    wanted, given = pattern.lower(), text.lower()
    at = here = 0
    star, resume = -1, 0
    while here < len(given):
        if at < len(wanted) and wanted[at] == "*":
            star, resume, at = at, here, at + 1
        elif at < len(wanted) and wanted[at] in ("?", given[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return not wanted[at:].strip("*")


def like(pattern: str) -> str:
    r"""The same for SQL's LIKE with `\` before what is meant as it stands; the caller folds the case of both sides."""
    signs = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}
    return "".join(signs.get(sign, sign) for sign in pattern.lower())
