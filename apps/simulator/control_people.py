"""Control of people: memberships end, roles change."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_user
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response

routes = ControlRoutes()


@routes.add("POST", "members/remove")
def remove_member(host: Host, _request: Request, body: Body) -> Response:
    """The membership of `login` in `organization` ends; what they asked for and hold stays listed. 204."""
    organization, user = the_organization(host.state, body), the_user(host.state, body)
    if organization.members.pop(user.id, None) is None:
        raise Refusal(404, f"{user.login} is not a member of {organization.login}")
    organization.sso_sessions.pop(user.id, None)
    host.state.changed()
    return Response(204)


@routes.add("POST", "roles")
def change_role(host: Host, _request: Request, body: Body) -> Response:
    """`login` is an ``admin`` or a ``member`` of `organization` from now on, whether or not they were in it. 204."""
    organization, user = the_organization(host.state, body), the_user(host.state, body)
    role = body.get("role")
    if role not in ("admin", "member"):
        raise Refusal(422, "role must be admin or member")
    organization.members[user.id] = "admin" if role == "admin" else "member"
    host.state.changed()
    return Response(204)
