"""Alarms of the read-back that nobody has answered: tokens that reach further than what was approved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.policy.permissions import lines_of
from apps.tokens.models import Grant, GrantRequest, WiderGrant
from apps.tokens.queries.changes import Change
from apps.tokens.queries.rows import Decision, decision_of


@dataclass(frozen=True)
class Alarm:
    """One alarm as pages tell it. `changes` is what is beyond; `revocation` the rule's, where there is one."""

    pat_id: int
    pat_request_id: int
    reviewer_login: str
    changes: list[Change]
    explanation: str
    found_at: datetime
    revocation: Decision | None


def alarms_of(access: GrantRequest | Grant) -> list[Alarm]:
    """Open alarms of a grant, or of what came of a request; one query."""
    about = {"grant": access} if isinstance(access, Grant) else {"review__grant_request": access}
    found = WiderGrant.objects.open().filter(organization=access.organization_id, **about)
    related = found.select_related("grant", "review__grant_request", "revocation__effect")
    return [_alarm(one) for one in related.order_by("-found_at", "-pk")]


def _alarm(wider: WiderGrant) -> Alarm:
    request = wider.review.grant_request
    assert request is not None
    return Alarm(
        pat_id=wider.grant.pat_id,
        pat_request_id=request.pat_request_id,
        reviewer_login=wider.review.reviewer_login,
        changes=_changes(wider.beyond),
        explanation=wider.explanation,
        found_at=wider.found_at,
        revocation=decision_of(wider.revocation) if wider.revocation else None,
    )


def _changes(beyond: dict[str, Any]) -> list[Change]:
    changes = [Change("added", line.title, "", line.level) for line in lines_of(beyond["permissions"])]
    if beyond["everywhere"]:
        changes.append(Change("added", "All repositories"))
    elif count := len(beyond["repository_ids"]):
        changes.append(Change("added", f"{count} {'repository' if count == 1 else 'repositories'}"))
    return changes
