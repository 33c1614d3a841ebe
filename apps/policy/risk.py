"""How much harm a token could do, with the reasons. Pure: facts in, judgement out.

Each rule looks at one thing and gives at most one reason a class, so that a person reads a few sentences and
not a list of permissions. The risk is the worst reason's. Asking for more never lowers it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache

from apps.policy.facts import AccessFacts
from apps.policy.permissions import LEVELS, describe, flat, rank

LONG_LIFE = timedelta(days=366)
"""GitHub's own maximum for fine-grained tokens where no policy says otherwise."""
MANY_TOKENS = 5
"""From so many other tokens on, an owner's holdings are worth a look; GitHub allows 50."""
NAMED = 4
"""How many permissions a reason names before it counts the rest."""

# Writing these takes over code, credentials, machines or people: one of them opens doors to others.
TAKES_OVER = {
    "repository": {
        "actions", "administration", "agent_secrets", "codespaces", "codespaces_secrets", "dependabot_secrets",
        "environments", "repository_hooks", "secrets", "workflows",
    },
    "organization": {
        "members", "org_copilot_content_exclusion", "organization_administration", "organization_agent_secrets",
        "organization_codespaces_secrets", "organization_custom_org_roles", "organization_custom_roles",
        "organization_dependabot_secrets", "organization_hooks", "organization_network_configurations",
        "organization_personal_access_token_requests", "organization_personal_access_tokens",
        "organization_private_registries", "organization_runner_custom_images", "organization_secrets",
        "organization_self_hosted_runners",
    },
}  # fmt: skip
# Reading these shows credentials or holes nobody has mended yet.
REVEALS = {"secret_scanning_alerts", "repository_advisories"}
Permission = tuple[str, str, str]
"""Kind, name, level."""


class Risk(IntEnum):
    """Sortable; shown by name."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3

    @property
    def label(self) -> str:
        """Lower case, for people."""
        return self.name.lower()


@dataclass(frozen=True)
class Reason:
    """One thing that adds to the risk, as a sentence without a full stop."""

    risk: Risk
    text: str


@dataclass(frozen=True)
class Assessment:
    """The highest risk of all reasons, and the reasons, worst first."""

    risk: Risk
    reasons: tuple[Reason, ...]


def assess(facts: AccessFacts, *, now: datetime, other_tokens: int = 0) -> Assessment:
    """Judge what the token asks for or has; `other_tokens` is how many active grants its owner holds besides."""
    every = tuple(flat(facts.permissions))
    taking, allowed = _permissions(every)
    reasons = [*allowed, *_reach(facts, every), *_lifetime(facts, now), *_holdings(other_tokens)]
    if taking and sum(one.risk is Risk.HIGH for one in reasons) > 1:
        reasons.append(Reason(Risk.CRITICAL, "Could take over more than it was given, and that is not its only risk"))
    reasons.sort(key=lambda one: -one.risk)
    return Assessment(max((one.risk for one in reasons), default=Risk.LOW), tuple(reasons))


@lru_cache(maxsize=512)
def _permissions(every: tuple[Permission, ...]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether they could take over more than they say, and the reasons. Most tokens ask for what others asked for."""
    taking = _takes_over(every)
    unknown = [one for one in every if one[2] not in LEVELS]
    admin = [one for one in every if one[2] == "admin"]
    writes = [one for one in every if one[2] == "write" and one not in taking]
    reveals = [one for one in every if one[1] in REVEALS]
    found = [
        (Risk.HIGH, "Has a level of access that Patrol does not know on {}", unknown),
        (Risk.HIGH, "Administers {}", admin),
        (Risk.HIGH, "Can take over code, credentials, machines or people by changing {}", taking),
        (Risk.MEDIUM, "Writes {}", writes),
        (Risk.MEDIUM, "Reads secrets or unpublished weaknesses: {}", reveals),
    ]
    reasons = [Reason(risk, text.format(_named(which))) for risk, text, which in found if which]
    if any(kind == "organization" for kind, _, _ in every):
        reasons.append(Reason(Risk.MEDIUM, "Reaches the organization itself, not only repositories"))
    return bool(taking), tuple(reasons)


def _takes_over(every: Iterable[Permission]) -> list[Permission]:
    return [
        (kind, name, level)
        for kind, name, level in every
        if rank(level) > LEVELS["read"] and name in TAKES_OVER.get(kind, ())
    ]


def _named(which: Iterable[Permission]) -> str:
    """Titles of permissions, each once, the rest counted."""
    titles = list(dict.fromkeys(_title(*one) for one in which))
    rest = len(titles) - NAMED
    shown = titles if rest <= 1 else [*titles[:NAMED], f"{rest} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _title(kind: str, name: str, level: str) -> str:
    title = describe(kind, name, level).title
    return f"{title} of the organization" if kind == "organization" else title


def _reach(facts: AccessFacts, every: Iterable[Permission]) -> list[Reason]:
    if facts.repository_selection != "all":
        return []
    writes = any(kind == "repository" and rank(level) > LEVELS["read"] for kind, _, level in every)
    return [Reason(Risk.HIGH if writes else Risk.MEDIUM, "Reaches all repositories, those to come included")]


def _lifetime(facts: AccessFacts, now: datetime) -> list[Reason]:
    if facts.expires_at is None:
        return [Reason(Risk.HIGH, "Never expires")]
    if facts.expires_at - now > LONG_LIFE:
        return [Reason(Risk.MEDIUM, "Lives longer than a year")]
    return []


def _holdings(other_tokens: int) -> list[Reason]:
    if other_tokens < MANY_TOKENS:
        return []
    return [Reason(Risk.MEDIUM, f"Its owner already holds {other_tokens} tokens here")]
