"""Control of teams: they come and go, are renamed and nested, and people join and leave them."""

from __future__ import annotations

from typing import Literal

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_user
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.model import Organization, Team

routes = ControlRoutes()


@routes.add("POST", "teams")
def create_team(host: Host, _request: Request, body: Body) -> Response:
    """A team `name` of `logins`, below the team with the slug `parent` if given; `secret` if so. 204."""
    organization, name = the_organization(host.state, body), str(body["name"])
    members = [the_user(host.state, {"login": login}).id for login in body.get("logins", [])]
    parent = _team(organization, str(body["parent"])).id if body.get("parent") else None
    privacy: Literal["closed", "secret"] = "secret" if body.get("secret") else "closed"
    team = Team(host.state.next_id("team"), name, _free_slug(organization, name), [], members, privacy, parent)
    organization.teams.append(team)
    host.state.changed()
    return Response(204)


@routes.add("POST", "teams/{slug}/rename")
def rename_team(host: Host, _request: Request, body: Body) -> Response:
    """It is called `to` from now on, and has another slug; nothing answers to the one it had. 204."""
    organization = the_organization(host.state, body)
    team = _team(organization, body["slug"])
    team.name, team.slug = str(body["to"]), _free_slug(organization, str(body["to"]))
    host.state.changed()
    return Response(204)


@routes.add("POST", "teams/{slug}/delete")
def delete_team(host: Host, _request: Request, body: Body) -> Response:
    """It is gone, and its child teams with it, as GitHub does for an owner. 204."""
    organization = the_organization(host.state, body)
    gone = [_team(organization, body["slug"])]
    for one in gone:
        gone += [team for team in organization.teams if team.parent_id == one.id]
    organization.teams = [team for team in organization.teams if team not in gone]
    host.state.changed()
    return Response(204)


@routes.add("POST", "teams/{slug}/members")
def change_members(host: Host, _request: Request, body: Body) -> Response:
    """Those in `add` join, those in `remove` leave. 204."""
    team = _team(the_organization(host.state, body), body["slug"])
    joining = [the_user(host.state, {"login": login}).id for login in body.get("add", [])]
    leaving = {the_user(host.state, {"login": login}).id for login in body.get("remove", [])}
    team.maintainers = [number for number in team.maintainers if number not in leaving]
    team.members = [number for number in dict.fromkeys([*team.members, *joining]) if number not in leaving]
    host.state.changed()
    return Response(204)


def _team(organization: Organization, slug: str) -> Team:
    team = next((one for one in organization.teams if one.slug == slug), None)
    if team is None:
        raise Refusal(404, f"There is no team {slug!r}")
    return team


def _free_slug(organization: Organization, name: str) -> str:
    slug = "-".join("".join(sign if sign.isalnum() else " " for sign in name.lower()).split())
    if not slug or any(one.slug == slug for one in organization.teams):
        raise Refusal(422, "name must make a slug that no team has")
    return slug
