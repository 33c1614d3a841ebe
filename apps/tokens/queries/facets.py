"""How many active tokens each choice of a filter would show, as they were counted at the end of the last sync."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count

from apps.core import clock
from apps.github.models import Organization
from apps.tokens.models import Grant, Tally
from apps.tokens.queries.filters import GrantFilters, grants_where
from apps.tokens.queries.team_counts import TEAMS, Offer, offered, team_counts

Counts = Mapping[str, Mapping[str, int]]
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

    def left_by(self, filters: GrantFilters) -> int | None:
        """How many active tokens these leave, which set one of them at most; None where that is not known."""
        narrowing = filters.narrowing() or {"state": filters.state}
        return self.of(*next(iter(narrowing.items()))) if len(narrowing) == 1 else None


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
    """Count the active grants of one organization, as JSON; six queries."""
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
    return {**counts, "permission": dict(permissions), TEAMS: team_counts(organization_id, active)}
