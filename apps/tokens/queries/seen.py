"""What became of what a person saw: the difference between then and now, line by line."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.effects.models import Effect
from apps.policy.facts import AccessFacts
from apps.tokens.models import GrantRequest, TokenVersion
from apps.tokens.queries.changes import Change, access_changes, said
from apps.tokens.queries.rows import AccessRow

LOOKED_BACK = 20
"""So many versions of a token are compared with what a page carried; older pages are told without a difference."""


def changed_since(row: AccessRow, digest: str) -> list[Change]:
    """From the state whose digest a page carried to what there is now.

    Empty when no version of the token bears that digest: what was seen is then not known any more.
    """
    part = "requested" if isinstance(row.access, GrantRequest) else "granted"
    for version in row.token.versions.order_by("-seq")[:LOOKED_BACK]:
        facts = _facts_then(row.facts, version, part)
        if facts is not None and facts.digest() == digest:
            return _between(facts.as_evidence(), row.facts)
    return []


def changed_since_decision(row: AccessRow) -> list[Change]:
    """From the evidence of the newest decision, where that was overtaken, to what there is now."""
    decision = row.decision
    if decision is None or decision.state != Effect.State.SUPERSEDED:
        return []
    return _between(decision.evidence, row.facts)


def _facts_then(now: AccessFacts, version: TokenVersion, part: str) -> AccessFacts | None:
    then: dict[str, Any] | None = version.facts.get(part)
    if not then:
        return None
    ends = version.facts.get("expires_at")
    return replace(
        now,
        permissions=then["permissions"],
        repository_selection=then["repository_selection"],
        repository_ids=tuple(then["repository_ids"]),
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )


def _between(before: dict[str, Any], now: AccessFacts) -> list[Change]:
    after = now.as_evidence()
    changed = access_changes(before, after)
    if before["expires_at"] != after["expires_at"]:
        changed.append(Change("changed", "Expiry", said(before["expires_at"]), said(after["expires_at"])))
    return changed
