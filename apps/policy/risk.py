"""How much harm a token could do, with the reasons. Pure: facts in, judgement out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from apps.policy.facts import AccessFacts

LONG_LIFE = timedelta(days=366)
MANY_TOKENS = 5
WRITE_LEVELS = {"write", "admin"}
# Permissions by which a token can take over code, credentials or people: writing them is a class of its own.
SENSITIVE = {
    "actions", "administration", "secrets", "workflows", "environments", "members", "organization_administration",
    "organization_secrets", "organization_hooks", "organization_self_hosted_runners", "repository_hooks",
    "organization_custom_roles", "dependabot_secrets", "codespaces_secrets", "organization_dependabot_secrets",
}  # fmt: skip


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
    reasons = [*_permissions(facts), *_reach(facts), *_lifetime(facts, now), *_holdings(other_tokens)]
    if len([one for one in reasons if one.risk >= Risk.HIGH]) >= 2 and any("sensitive" in r.text for r in reasons):
        reasons.append(Reason(Risk.CRITICAL, "Several high risks together"))
    reasons.sort(key=lambda one: -one.risk)
    return Assessment(max((one.risk for one in reasons), default=Risk.LOW), tuple(reasons))


def _permissions(facts: AccessFacts) -> list[Reason]:
    reasons = []
    granted = [(kind, name, level) for kind, names in facts.permissions.items() for name, level in names.items()]
    for _, name, level in sorted(granted):
        if level == "admin":
            reasons.append(Reason(Risk.HIGH, f"Admin on {name}"))
        elif level in WRITE_LEVELS and name in SENSITIVE:
            reasons.append(Reason(Risk.HIGH, f"Writes {name}, which is sensitive"))
        elif level in WRITE_LEVELS:
            reasons.append(Reason(Risk.MEDIUM, f"Writes {name}"))
        elif level != "read":
            reasons.append(Reason(Risk.HIGH, f"An unknown level on {name}: {level}"))
    if facts.permissions.get("organization"):
        reasons.append(Reason(Risk.MEDIUM, "Reaches the organization itself, not only repositories"))
    return reasons


def _reach(facts: AccessFacts) -> list[Reason]:
    if facts.repository_selection != "all":
        return []
    writes = any(level in WRITE_LEVELS for level in facts.permissions.get("repository", {}).values())
    return [Reason(Risk.HIGH if writes else Risk.MEDIUM, "All repositories, those to come included")]


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
