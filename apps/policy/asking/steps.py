"""What a pasted command does, as far as Patrol can tell. Pure values.

`shown` is how a page names the command: made of words that Patrol knows, a route and names of repositories.
"""

import re
from dataclasses import dataclass, field

from apps.core.redaction import redacted
from apps.policy.endpoints.catalogue import Set

_REPOSITORY = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})", re.ASCII)
NAMED = 80


@dataclass(frozen=True)
class Call:
    """One request to the API: `path` is below its root. `prefers`: the permission to choose where several would do."""

    shown: str
    verb: str
    path: str
    repository: str = ""
    prefers: str = ""
    note: str = ""


@dataclass(frozen=True)
class Needs:
    """What needs permissions without a route in GitHub's table: git, an action. One of `sets` is enough."""

    shown: str
    sets: tuple[Set, ...]
    repository: str = ""
    note: str = ""


@dataclass(frozen=True)
class Unread:
    """A command that Patrol cannot say anything about, and why."""

    shown: str
    why: str


Step = Call | Needs | Unread


@dataclass
class Options:
    """A command's words: what stands for itself, and its options with their values ("" for a mere switch)."""

    words: list[str] = field(default_factory=list)
    given: dict[str, list[str]] = field(default_factory=dict)

    def last(self, *names: str) -> str:
        """The value that counts, "" where there is none."""
        found = [value for name in names for value in self.given.get(name, [])]
        return found[-1] if found else ""

    def has(self, *names: str) -> bool:
        """Whether one of these is there."""
        return any(name in self.given for name in names)


def options(words: list[str], *, takes: set[str], short: str = "") -> Options:
    """Sort the words. `takes`: long options with a value; `short`: letters with one ("-Xvalue", "-sSX value")."""
    found = Options()
    rest = iter(words)
    for word in rest:
        if word == "--":
            found.words += rest
        elif word.startswith("--"):
            name, given, value = word.partition("=")
            found.given.setdefault(name, []).append(value if given else next(rest, "") if name in takes else "")
        elif word.startswith("-") and len(word) > 1:
            _short(word[1:], short, rest, found)
        else:
            found.words.append(word)
    return found


def _short(letters: str, short: str, rest: "object", found: Options) -> None:
    for at, letter in enumerate(letters):
        if letter in short:
            value = letters[at + 1 :].removeprefix("=") or next(rest, "")  # type: ignore[call-overload]
            found.given.setdefault(f"-{letter}", []).append(value)
            return
        found.given.setdefault(f"-{letter}", []).append("")


def repository_in(text: str) -> str:
    """ "owner/name" where the text is that, a host before it or an address around it; else ""."""
    bare = re.sub(r"^(?:https?://)?(?:[^/\s@]*@)?(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d+)?/", "", text[:400])
    found = _REPOSITORY.match(bare)
    if found is None or (len(bare) > found.end() and bare[found.end()] not in "/?#"):
        return ""
    return safe(f"{found[1]}/{found[2].removesuffix('.git')}")


def safe(text: str) -> str:
    """A name out of the pasted text, fit to be shown: nothing secret, printable, short."""
    shown = redacted(text[: 5 * NAMED])
    return "".join(one for one in shown[:NAMED] if one.isprintable())
