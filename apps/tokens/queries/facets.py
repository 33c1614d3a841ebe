"""How many active tokens each choice of a filter would show, as they were counted at the end of the last sync."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, QuerySet

from apps.core import clock
from apps.core.statements import Statement
from apps.github.models import Organization
from apps.tokens.models import Grant
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
class Counted:
    """The tally of an organization as it is stored: `counts` in JSON."""

    organization_id: int
    login: str
    counted_at: datetime
    counts: str


@dataclass(frozen=True, eq=False)
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

    def at_least(self, filters: GrantFilters) -> int:
        """So many these leave at any rate; 0 where nothing is known."""
        names = set(filters.narrowing())
        if names == {"team"}:
            return self.teams.held_by(filters.team)
        # Tokens for all repositories reach every one.
        return (self.of("selection", "all") or 0) if names == {"repository"} else 0

    def team_is_few(self, filters: GrantFilters) -> bool:
        """Whether the people of the chosen team hold fewer tokens than each other filter leaves, as far as is known."""
        others = [self.of(*one) for one in filters.narrowing().items() if one[0] != "team"]
        least = min((count for count in others if count is not None), default=None)
        return least is None or self.teams.held_by(filters.team) <= least


NOTHING_COUNTED = Facets()


def facets(organizations: Sequence[Organization], tallies: Sequence[Counted]) -> Facets:
    """Over all given organizations, by their tallies."""
    if not tallies or len(tallies) < len(organizations):
        return NOTHING_COUNTED
    return _summed(tuple(tallies))


@lru_cache(32)
def _summed(tallies: tuple[Counted, ...]) -> Facets:
    """They change with a reading, and are shown with every page in between."""
    told = [(one, json.loads(one.counts)) for one in tallies]
    summed: dict[str, Counter[str]] = {name: Counter() for name in (*CHOICES, "permission")}
    for _, counts in told:
        for name, sums in summed.items():
            sums.update(counts.get(name, {}))
    teams = offered([(one.login, counts.get(TEAMS)) for one, counts in told])
    return Facets(summed, min(one.counted_at for one in tallies), teams)


def counted(organization_id: int) -> dict[str, Any]:
    """Count the active grants of one organization, as JSON; six queries."""
    found = _COUNTED.first(organization_id, clock.now()) or {}
    counts = {name: {value: found.get(f"{name}_{value}", 0) for value in values} for name, values in CHOICES.items()}
    permissions: Counter[str] = Counter()
    for held, many in _BY_PERMISSIONS(organization_id):
        for name in {name for names in held.values() for name in names}:
            permissions[name] += many
    return {**counts, "permission": dict(permissions), TEAMS: team_counts(organization_id, _active(organization_id))}


def _active(organization_id: int) -> "QuerySet[Grant]":
    return Grant.objects.active().filter(organization_id=organization_id).order_by()


def _by_choice(organization_id: int, now: datetime) -> "QuerySet[Any, Any]":
    """One row, and none where the organization has no tokens."""
    wanted = {
        f"{name}_{value}": Count("pk", filter=grants_where(GrantFilters(**{"state": "all", name: value}), now))
        for name, values in CHOICES.items()
        for value in values
    }
    return _active(organization_id).values("organization_id").annotate(**wanted)


_COUNTED = Statement(_by_choice)
# Tokens of one purpose have the same permissions: so many rows, so few of them differ.
_BY_PERMISSIONS = Statement(lambda pk: _active(pk).values_list("permissions").annotate(many=Count("pk")))
