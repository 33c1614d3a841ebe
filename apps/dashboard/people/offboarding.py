"""Everything a person holds, to be revoked on a day: planned as it was seen, organization by organization."""

from collections.abc import Iterable, Mapping
from datetime import date

from apps.accounts.access import NeedsSignIn, NeedsSso
from apps.accounts.models import User
from apps.core.errors import RuleBroken
from apps.dashboard.people.revoking import Sent, send_each
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.models import PlannedRevocation
from apps.tokens.queries.plans import Plan
from apps.tokens.queries.rows import GrantRow

OFFBOARDING = PlannedRevocation.Cause.OFFBOARDING


def leaving(rows: Iterable[GrantRow]) -> list[tuple[GrantRow, Plan]]:
    """What is planned because the person leaves."""
    return [(row, plan) for row in rows for plan in row.plans if plan.cause == OFFBOARDING]


def plan(
    *, user: User, organizations: Mapping[int, Organization], chosen: Mapping[str, str], day: date, reason: str
) -> Sent:
    """Plan exactly what was seen: `chosen` is key -> digest. A plan that is there moves to that day.

    What one organization refuses keeps no other back. Raises NeedsSignIn where nothing was planned for lack of one.
    """
    return send_each(
        organizations,
        chosen,
        lambda organization, part: services.plan_revocations(
            user=user, organization=organization, cause=OFFBOARDING, day=day, reason=reason, chosen=part
        ),
    )


def undo(*, user: User, planned: Iterable[tuple[GrantRow, Plan]]) -> int:
    """Undo these, organization by organization; how many were. Raises NeedsSignIn and NeedsSso."""
    parts: dict[int, tuple[Organization, list[int]]] = {}
    for row, one in planned:
        parts.setdefault(row.organization.pk, (row.organization, []))[1].append(one.id)
    undone = 0
    for organization, plan_ids in parts.values():
        try:
            undone += services.cancel_plans(user=user, organization=organization, plan_ids=plan_ids)
        except (NeedsSignIn, NeedsSso):
            if not undone:
                raise
        except RuleBroken:
            continue  # its day came meanwhile, or it was undone
    return undone
