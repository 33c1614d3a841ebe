"""What is open of people whom no address reaches: tokens that end soon, and revocations that are planned."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from apps.accounts import contacts
from apps.core import clock
from apps.core.spans import zone_of
from apps.github.models import Organization
from apps.tokens import reminding
from apps.tokens.models import Grant, GrantQuerySet, PlannedRevocation
from apps.tokens.plan_models import PlannedRevocationQuerySet
from apps.tokens.reminder_rules import Today, rule_of


@dataclass
class Wanted:
    """What a person's issue says; see ReminderIssue.lines."""

    login: str
    lines: list[dict[str, str]] = field(default_factory=list)


def people(organization: Organization) -> set[int]:
    """Who has something open there, whether they can be reached or not."""
    ending, plans = _ending(organization), _planned(organization)
    return {*ending.values_list("owner_id", flat=True), *plans.values_list("grant__owner_id", flat=True)}


def wanted(organization: Organization, holders: Collection[int]) -> dict[int, Wanted]:
    """Of those among `holders` whom nothing reaches and who have something open. A constant number of queries."""
    alone = contacts.unreached(holders, organization_id=organization.pk)
    found: dict[int, list[tuple[str, str, str, str]]] = defaultdict(list)
    zone = zone_of(organization.time_zone)
    ending = _ending(organization).filter(owner_id__in=alone)
    for owner, login, name, ends_at in ending.values_list("owner_id", "owner_login", "token__name", "ends_at"):
        found[owner].append((_day(ends_at.astimezone(zone)), name, "ends", login))
    plans = _planned(organization).filter(grant__owner_id__in=alone)
    columns = ("grant__owner_id", "grant__owner_login", "token__name", "due_on")
    for owner, login, name, due_on in plans.values_list(*columns):
        found[owner].append((due_on.isoformat(), name, "is revoked, as planned,", login))
    return {owner: _as_wanted(sorted(rows)) for owner, rows in found.items()}


def _as_wanted(rows: list[tuple[str, str, str, str]]) -> Wanted:
    lines = [{"day": day, "name": name, "what": what} for day, name, what, _ in rows]
    return Wanted(rows[-1][3], lines)


def _ending(organization: Organization) -> GrantQuerySet:
    """Active grants whose token ends within the largest threshold, and that nobody said are replaced."""
    now = clock.now()
    zone = zone_of(organization.time_zone)
    days = rule_of(organization.pk).days
    if not days:
        return Grant.objects.none()
    until = Today(now.astimezone(zone).date(), zone, days).ends
    here = Grant.objects.active().filter(organization=organization, ends_at__gt=now, ends_at__lt=until)
    return reminding.not_replaced(here)


def _planned(organization: Organization) -> PlannedRevocationQuerySet:
    return PlannedRevocation.objects.planned().filter(organization=organization, grant__state=Grant.State.ACTIVE)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
