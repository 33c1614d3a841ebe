"""What tests of teams share: making them at GitHub, reading them, and who is in them by Patrol's rows."""

from datetime import timedelta
from typing import Any

from apps.core import clock
from apps.github.models import Organization, Team, TeamMember
from apps.tokens import team_reading
from tests.cast import ORGANIZATION
from tests.github import GitHub

LIST = f"^/orgs/{ORGANIZATION}/teams$"
MEMBERS = f"^/orgs/{ORGANIZATION}/teams/[^/]+/members$"


def team(github: GitHub, name: str, *logins: str, organization: str = ORGANIZATION, **fields: Any) -> None:
    """A team with these people."""
    github.change("teams", organization=organization, name=name, logins=list(logins), **fields)


def read(**later: float) -> int:
    """Read what is due of teams, so much later."""
    with clock.moved(timedelta(**later)):
        return team_reading.read_teams()


def known(login: str = ORGANIZATION) -> dict[str, set[int]]:
    """Who is in which team of the organization, by slug."""
    found: dict[str, set[int]] = {one.slug: set() for one in Team.objects.filter(organization__login=login)}
    for member in TeamMember.objects.filter(organization__login=login).select_related("team"):
        found[member.team.slug].add(member.user_id)
    return found


def organization(login: str = ORGANIZATION) -> Organization:
    """As it is now."""
    return Organization.objects.get(login=login)
