"""What an issue says, as GitHub's Markdown. Names of tokens are strangers' words: nothing in them means anything.

A name stands in a code span, in which GitHub sees no mention, no reference, no link and no HTML
(https://github.github.com/gfm/#code-spans), behind a row of backticks that is longer than any in the name.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from apps.core import text

LABEL = "patrol-reminder"
LISTED = 50
LONGEST_NAME = 100
Line = Mapping[str, str]
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MARKER = re.compile(r"<!-- patrol:person:(\d+) -->\s*<!-- patrol:list:([0-9a-f]{0,64}) -->")
"""At the very beginning only: elsewhere a name might say it."""


def digest(login: str, lines: Sequence[Line]) -> str:
    """What tells one list from another; empty where nothing is open."""
    if not lines:
        return ""
    return hashlib.sha256(json.dumps([login, [dict(one) for one in lines]], sort_keys=True).encode()).hexdigest()


def title(login: str) -> str:
    """A title mentions nobody."""
    return f"Personal access tokens of {login} need attention"


def body(person_id: int, login: str, lines: Sequence[Line], *, patrol: str) -> str:
    """The whole issue; `patrol` is the beginning of Patrol's addresses."""
    marker = f"<!-- patrol:person:{person_id} -->\n<!-- patrol:list:{digest(login, lines)} -->"
    if not lines:
        return f"{marker}\n\nNothing is open any more, or Patrol reaches {code(login)} otherwise."
    items = "\n".join(f"- {code(one['name'])} {one['what']} on {one['day']}." for one in lines[:LISTED])
    more = f"\n\nAnd {len(lines) - LISTED} more." if len(lines) > LISTED else ""
    return (
        f"{marker}\n\n{mention(login)}, Patrol knows no address of yours, so it tells you here:\n\n{items}{more}\n\n"
        f"What to do about each stands at {patrol}/my/tokens/. Patrol keeps this list up to date. It closes the "
        f"issue when nothing is left, or when you give it an address at {patrol}/my/address/."
    )


def marked(issue_body: str | None) -> tuple[int, str] | None:
    """The person an issue is about, and the digest of what it says; None: it is none of Patrol's."""
    found = _MARKER.match(issue_body or "")
    return (int(found[1]), found[2]) if found else None


def mention(login: str) -> str:
    """Of whoever bears a login that can be mentioned; any other text is shown as it is."""
    return f"@{login}" if _LOGIN.fullmatch(login) else code(login)


def code(name: str) -> str:
    """A stranger's text in one line, as a code span."""
    shown = text.visible(name, limit=LONGEST_NAME) or "(no name)"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}"
