"""What this GitHub's plan and the App's permissions let Patrol see, source by source, with why not."""

from dataclasses import dataclass

from apps.github import permissions
from apps.github.models import Installation


@dataclass(frozen=True)
class Source:
    """`needs` is the permission at its level; `plans` says which of GitHub's plans have it."""

    name: str
    shows: str
    needs: dict[str, str]
    plans: str


@dataclass(frozen=True)
class Line:
    """One source at one organization: seen, or why not."""

    source: Source
    seen: bool
    why_not: str


SOURCES = [
    Source(
        "Requests for fine-grained tokens", "who asks, why, for how long, for which permissions",
        {permissions.REQUESTS: "read"}, "Free, Team, Enterprise Cloud, Enterprise Server",
    ),
    Source(
        "Fine-grained tokens with access", "whose, what they may do, when they were last used, when they end",
        {permissions.TOKENS: "read"}, "Free, Team, Enterprise Cloud, Enterprise Server",
    ),
    Source(
        "Members and owners", "who decides, and whose tokens outlive their membership", {"members": "read"},
        "Free, Team, Enterprise Cloud, Enterprise Server",
    ),
    Source(
        "Decisions sent to GitHub", "approving, denying and revoking from Patrol",
        {permissions.REQUESTS: "write", permissions.TOKENS: "write"},
        "Free, Team, Enterprise Cloud, Enterprise Server",
    ),
]  # fmt: skip
"""A room that reads a further source adds its line."""
NEVER = [
    (
        "Classic tokens",
        "GitHub has no list of an organization's classic tokens, on any plan. This version does not look for traces.",
    ),
    (
        "Tokens where no approval is asked",
        "They get access without a request. Patrol sees them among the tokens with access.",
    ),
]


def lines(installation: Installation) -> list[Line]:
    """Every source at one organization."""
    return [_line(one, installation) for one in SOURCES]


def _line(source: Source, installation: Installation) -> Line:
    missing = permissions.lacking(installation.permissions, source.needs)
    return Line(source, not missing, f"Not granted: {permissions.in_words(missing)}." if missing else "")
