"""How many active tokens the people of each team hold: counted with the other choices, and offered to choose from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from apps.github.models import Organization, Team, TeamMember
from apps.tokens.models import Grant

TEAMS = "teams"
"""Beside the filters: {"read": whether all were, "more": whether there are others, "of": [[slug, name, how many]]}."""
MOST_OFFERED = 50
"""More are not listed: who looks for one of many types its name."""


@dataclass(frozen=True)
class TeamCount:
    """One to choose: `value` as the filter understands it."""

    organization: str
    value: str
    name: str
    count: int


@dataclass(frozen=True, eq=False)
class Offer:
    """Teams to choose from, of an organization those whose people hold most. `more`: there are others.

    `unread`: organizations whose teams were not all read when they were counted.
    """

    teams: tuple[TeamCount, ...] = ()
    more: bool = False
    unread: tuple[str, ...] = ()

    def held_by(self, named: str) -> int:
        """How many active tokens the people of teams of that name hold; 0 for those that are not offered, the small."""
        whole = named.strip().lower()
        return sum(
            one.count for one in self.teams if whole in (one.value.lower(), one.value.lower().rpartition("/")[2])
        )

    def titled(self, team: TeamCount) -> str:
        """Its name with how many active tokens its people hold."""
        return f"{team.name} ({team.count:,})"


def team_counts(organization_id: int, active: "QuerySet[Grant]") -> dict[str, Any]:
    """Of one organization, as its tally keeps them; at most three queries."""
    read = Organization.objects.filter(pk=organization_id, teams_read_at__isnull=False).exists()
    teams = {one.pk: one for one in Team.objects.filter(organization=organization_id)}
    held = _held(organization_id, active) if teams else Counter[int]()
    most = sorted(teams.values(), key=lambda one: (-held[one.pk], one.name.casefold(), one.pk))[:MOST_OFFERED]
    return {
        "read": read,
        "more": len(teams) > len(most),
        "of": [[one.slug, one.name, held[one.pk]] for one in sorted(most, key=lambda one: one.name.casefold())],
    }


def _held(organization_id: int, active: "QuerySet[Grant]") -> Counter[int]:
    """By the team's primary key. Many are in several teams, so people are counted first, then the teams."""
    by_owner = active.filter(holder_left=False).order_by().values_list("owner_id").annotate(many=Count("pk"))
    many = dict(by_owner)
    held: Counter[int] = Counter()
    members = TeamMember.objects.filter(organization=organization_id, user_id__in=active.values("owner_id"))
    for team_pk, user_id in members.values_list("team_id", "user_id").iterator():
        held[team_pk] += many.get(user_id, 0)
    return held


def offered(told: Sequence[tuple[str, dict[str, Any] | None]]) -> Offer:
    """What the tallies of organizations, by login, offer together; of several, values name the organization."""
    several = len(told) > 1
    teams = [
        TeamCount(login, f"{login}/{slug}" if several else slug, name, count)
        for login, counts in told
        for slug, name, count in (counts or {}).get("of", [])
    ]
    most = sorted(range(len(teams)), key=lambda number: -teams[number].count)[:MOST_OFFERED]
    return Offer(
        teams=tuple(teams[number] for number in sorted(most)),
        more=len(teams) > MOST_OFFERED or any(counts and counts["more"] for _, counts in told),
        unread=tuple(login for login, counts in told if not counts or not counts["read"]),
    )
