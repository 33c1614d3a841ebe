"""How many active tokens each choice of a filter would show, as they were counted at the end of the last sync."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from apps.core import clock
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
    """Count the active grants of one organization, as JSON; seven queries."""
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
    teams = team_counts(organization_id, active)
    return {**counts, "permission": dict(permissions), ENDS: _ends(organization_id, active, now), TEAMS: teams}


def _ends(organization_id: int, active: "QuerySet[Grant]", now: datetime) -> Ends:
    ending = active.filter(ends_at__gt=now, ends_at__lt=FOREVER).order_by()
    found: dict[str, list[int]] = {}
    by_day = ending.annotate(day=_day("ends_at")).values_list("day", "risk").annotate(many=Count("pk"))
    for day, risk, many in by_day:
        found.setdefault(day.isoformat(), [0] * len(Risk))[risk] = many
    for was, becomes, risk, many in moved([organization_id], now, _day):
        if was.isoformat() in found:
            found[was.isoformat()][risk] -= many
        found.setdefault(becomes.isoformat(), [0] * len(Risk))[risk] += many
    return found


def _day(column: str) -> TruncDate:
    return TruncDate(column, tzinfo=UTC)
