"""Teams and who is in them.

Source: docs.github.com, "About teams" and REST "Teams": a team's members include those of its child teams, whatever
their depth; a secret team is seen by its members and by owners, and by an App that may read members.
"""

from __future__ import annotations

from apps.simulator.access import require_permission, visible_organization
from apps.simulator.http import Response, dumps, not_found
from apps.simulator.listing import choice, listed
from apps.simulator.model import Organization, Team
from apps.simulator.routing import ANY_TOKEN, Call, Routes
from apps.simulator.team_shapes import team_member, team_shape

routes = Routes()


@routes.add("GET", "/orgs/{org}/teams", callers=ANY_TOKEN, permission="members=read", docs="teams/teams#list-teams")
def list_teams(call: Call) -> Response:
    organization = visible_organization(call)
    require_permission(call.caller, organization, "members", "read")
    kind = choice(call, "team_type", ("all", "enterprise", "organization"))
    seen = [team for team in organization.teams if _may_see(call, organization, team) and kind != "enterprise"]
    parents = {team.id: team for team in organization.teams}
    return listed(
        call.request,
        seen,
        lambda team: dumps(team_shape(call.urls, organization, team, parents.get(team.parent_id or 0))),
    )


@routes.add(
    "GET",
    "/orgs/{org}/teams/{team_slug}/members",
    callers=ANY_TOKEN,
    permission="members=read",
    docs="teams/members#list-team-members",
)
def list_team_members(call: Call) -> Response:
    organization = visible_organization(call)
    require_permission(call.caller, organization, "members", "read")
    team = next((t for t in organization.teams if t.slug == call.arguments["team_slug"]), None)
    if team is None or not _may_see(call, organization, team):
        raise not_found()
    role = choice(call, "role", ("all", "member", "maintainer"))
    people = [call.state.users[number] for number in in_team(organization, team, role)]
    return listed(call.request, people, lambda user: dumps(team_member(call.urls, team, user)))


def in_team(organization: Organization, team: Team, role: str = "all") -> list[int]:
    """Who of the organization is in it: maintainers, members, then those of child teams, each once."""
    inherited = [number for one in _below(organization, team) for number in (*one.maintainers, *one.members)]
    found = {
        "maintainer": team.maintainers,
        "member": [number for number in (*team.members, *inherited) if number not in team.maintainers],
    }.get(role, [*team.maintainers, *team.members, *inherited])
    return [number for number in dict.fromkeys(found) if number in organization.members]


def _below(organization: Organization, team: Team) -> list[Team]:
    """Its child teams, theirs, and so on."""
    found, at = [team], 0
    while at < len(found):
        found += [one for one in organization.teams if one.parent_id == found[at].id and one not in found]
        at += 1
    return found[1:]


def _may_see(call: Call, organization: Organization, team: Team) -> bool:
    user = call.caller.user
    return (
        team.privacy != "secret"
        or user is None
        or organization.is_admin(user)
        or user.id in in_team(organization, team)
    )
