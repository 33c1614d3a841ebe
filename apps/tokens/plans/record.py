"""What the record keeps of a plan: all that a message about it needs."""

from typing import Any

from apps.audit import services as audit
from apps.core import clock
from apps.tokens.models import PlannedRevocation
from apps.tokens.names import Name

WEEK_TOLD, DAY_TOLD = 7, 1
"""Days before the day on which it is said once more."""


def tell(name: Name, plan: PlannedRevocation, *, actor: audit.Actor = audit.PATROL, **more: Any) -> None:
    """One event, in the caller's transaction; `grant`, `token` and `organization` are read with the plan."""
    token, grant = plan.token, plan.grant
    subject = grant.subject if grant else _request_of(plan).subject
    number = {"pat_id": grant.pat_id} if grant else {"pat_request_id": _request_of(plan).pat_request_id}
    audit.record(
        name, organization_id=plan.organization_id, actor=actor, subject=subject,
        organization=plan.organization.login, owner_id=token.owner_id, owner_login=token.owner_login,
        token_id=token.token_id, token_name=token.name, **number, plan=plan.pk, cause=plan.cause,
        ends_on=plan.due_on.isoformat(), ends_at=plan.due_at.isoformat(timespec="seconds"),
        planned_by=plan.planned_by_login, **{"reason": plan.reason} | more,
    )  # fmt: skip


def planner(plan: PlannedRevocation) -> audit.Actor:
    """Who planned it."""
    return audit.PATROL if plan.planned_by_id is None else audit.Actor(plan.planned_by_id, plan.planned_by_login)


def told_already(plan: PlannedRevocation) -> dict[str, Any]:
    """The columns of what the news itself says: a plan for less than a week ahead is not told of twice."""
    now = clock.now()
    left = plan.due_at - now
    return {
        "told_week_at": now if left.days < WEEK_TOLD else None, "told_day_at": now if left.days < DAY_TOLD else None
    }  # fmt: skip


def _request_of(plan: PlannedRevocation) -> Any:
    assert plan.approval is not None
    return plan.approval.request
