"""How many active tokens each choice of a filter would show, as they were counted at the end of the last sync."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateField, QuerySet, Value, When
from django.db.models.functions import TruncDate

from apps.core import clock
from apps.core.spans import UTC_ZONE, zone_of
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import FOREVER, Grant, Tally
from apps.tokens.queries.ends import moved
from apps.tokens.queries.filters import GrantFilters, grants_where
from apps.tokens.queries.team_counts import TEAMS, Offer, offered, team_counts

Counts = Mapping[str, Mapping[str, int]]
Ends = Mapping[str, list[int]]
CHOICES = {
    "level": ("read", "write", "admin"),
    "risk": ("1", "2", "3"),
    "selection": ("all", "subset", "none"),
    "expiring": ("7", "30", "90", "never", "expired"),
    "unused": ("30", "90", "365", "never"),
    "lifetime": ("90", "366"),
    "holder": ("left",),
    "scope": ("organization",),
    "state": ("active",),
}
"""Filter -> the values that are counted; permissions are counted too, each by its name."""
ENDS = "ends"
"""Beside the filters: how many end on a day of UTC, by risk, {"2026-12-01": [low, medium, high, critical]}."""
OWN_ENDS = "own_ends"
"""The same by time zone, UTC and the organization's, with those that end by NEVER, and whatever is planned."""
NEVER = "never"


@dataclass(frozen=True)
class Facets:
    """Filter -> value -> how many; `as_of` is the oldest count (None: an organization was not counted yet).

    `teams` are those to choose from.
    """

    counts: Counts = field(default_factory=dict)
    as_of: datetime | None = None
    teams: Offer = field(default_factory=Offer)

    def of(self, name: str, value: str) -> int | None:
        """How many active tokens have it; None where that is not known."""
        if self.as_of is None or name not in self.counts or value not in CHOICES.get(name, (value,)) or not value:
            return None
        return self.counts[name].get(value, 0)


def facets(organizations: Sequence[Organization], tallies: Sequence[Tally]) -> Facets:
    """Over all given organizations, by their tallies."""
    if not tallies or len(tallies) < len(organizations):
        return Facets()
    summed: dict[str, Counter[str]] = {name: Counter() for name in (*CHOICES, "permission")}
    for tally in tallies:
        for name, counts in summed.items():
            counts.update(tally.counts.get(name, {}))
    told = {tally.organization_id: tally.counts.get(TEAMS) for tally in tallies}
    teams = offered([(one.login, told.get(one.pk)) for one in organizations])
    return Facets(summed, min(tally.counted_at for tally in tallies), teams)


def counted(organization_id: int) -> dict[str, Any]:
    """Count the active grants of one organization, as JSON; eight queries, nine where its days are not those of UTC."""
    active = Grant.objects.active().filter(organization_id=organization_id)
    now = clock.now()
    wanted = {
        f"{name}_{value}": Count("pk", filter=grants_where(GrantFilters(**{"state": "all", name: value}), now))
        for name, values in CHOICES.items()
        for value in values
    }
    found = active.aggregate(**wanted)
    counts = {name: {value: found[f"{name}_{value}"] for value in values} for name, values in CHOICES.items()}
    permissions: Counter[str] = Counter()
    # Tokens of one purpose have the same permissions: so many rows, so few of them differ.
    for held, many in active.order_by().values_list("permissions").annotate(many=Count("pk")):
        for name in {name for names in held.values() for name in names}:
            permissions[name] += many
    own = {zone: _own_ends(active, zone, now) for zone in _zones(organization_id)}
    return {
        **counts, "permission": dict(permissions), TEAMS: team_counts(organization_id, active), OWN_ENDS: own,
        ENDS: _with_plans(organization_id, own[UTC_ZONE.key], now),
    }  # fmt: skip


def _zones(organization_id: int) -> set[str]:
    there = Organization.objects.values_list("time_zone", flat=True).get(pk=organization_id)
    return {UTC_ZONE.key, zone_of(there).key}


def _own_ends(active: "QuerySet[Grant]", zone: str, now: datetime) -> Ends:
    day = TruncDate("ends_at", tzinfo=ZoneInfo(zone))
    ahead = active.filter(ends_at__gt=now).order_by().annotate(
        day=Case(When(ends_at__gte=FOREVER, then=Value(_FOREVER_ON)), default=day, output_field=DateField())
    )  # fmt: skip
    found: dict[str, list[int]] = {}
    for on, risk, many in ahead.values_list("day", "risk").annotate(many=Count("pk")):
        found.setdefault(NEVER if on == _FOREVER_ON else on.isoformat(), [0] * len(Risk))[risk] = many
    return found


_FOREVER_ON = FOREVER.date()


def _with_plans(organization_id: int, own: Ends, now: datetime) -> Ends:
    found = {day: list(by_risk) for day, by_risk in own.items() if day != NEVER}
    for was, becomes, risk, many in moved([organization_id], now, _day):
        if was.isoformat() in found:
            found[was.isoformat()][risk] -= many
        found.setdefault(becomes.isoformat(), [0] * len(Risk))[risk] += many
    return found


def _day(column: str) -> TruncDate:
    return TruncDate(column, tzinfo=UTC)
