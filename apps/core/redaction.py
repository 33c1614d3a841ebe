"""Credentials in text that people type or paste: found, and blacked out before anybody sees the text again. Pure.

`static/js/find.js` has the same patterns: there they keep a value from leaving the browser.
"""

import re

BLACK = "***"
# The prefixes of docs.github.com, "About authentication to GitHub"; before 2021 a token was forty hexadecimal digits.
_SECRET = re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_.]{16,}|\b[0-9a-f]{40}\b", re.ASCII)
# What stands where credentials stand is blacked out whatever it looks like; `${{ secrets.NAME }}` is only a name.
# No pattern goes back far.
_PLACES = [
    (re.compile(r"(?:gh[pousr]_|github_pat_)[\w.\-]+", re.ASCII), BLACK),
    (re.compile(r"\beyJ[\w\-.]{6,}", re.ASCII), BLACK),
    (re.compile(r"\b[0-9a-fA-F]{40}\b", re.ASCII), BLACK),
    (re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|token|basic)\s+)?[^\s\"'\\]+"), rf"\1{BLACK}"),
    (re.compile(r"((?:^|\s)(?:-u|--user)[\s=]*)(?:\"[^\"]*\"|'[^']*'|[^\s\"']+)"), rf"\1{BLACK}"),
    (re.compile(r"(://)[^/\s@\"']+@"), rf"\1{BLACK}@"),
    (re.compile(r"(?i)((?:token|secret|password|passwd|private_key)[\"']?\s*[:=]\s*)"
                r"(?!\$\{\{)(?:\"[^\"]*\"|'[^']*'|[^\s\"'&]+)"), rf"\1{BLACK}"),
]  # fmt: skip


def holds_secret(text: str) -> bool:
    """Whether the value of a token of GitHub is in it."""
    return _SECRET.search(text) is not None


def redacted(text: str) -> str:
    """The text with `***` for tokens' values, and for whatever stands where a credential is expected."""
    for place, instead in _PLACES:
        text = place.sub(instead, text)
    return text
