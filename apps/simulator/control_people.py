"""Control of people: memberships end, roles change."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_sender, the_user
from apps.simulator.events import member_event
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.model import Role

routes = ControlRoutes()


@routes.add("POST", "members/remove")
def remove_member(host: Host, _request: Request, body: Body) -> Response:
    """The membership of `login`, owner or not, in `organization` ends; what they asked for and hold stays listed. 204.

    `by` is who removes them, another owner by default.
    """
    organization, user = the_organization(host.state, body), the_user(host.state, body)
    if user.id not in organization.members:
        raise Refusal(404, f"{user.login} is not a member of {organization.login}")
    sender = the_sender(host.state, organization, body, instead_of=user)
    role = organization.members.pop(user.id)
    organization.sso_sessions.pop(user.id, None)
    host.state.announce(member_event("member_removed", organization, user, role, sender))
    host.state.changed()
    return Response(204)


@routes.add("POST", "sso/end")
def end_sso_session(host: Host, _request: Request, body: Body) -> Response:
    """The single sign-on session of `login` at `organization` ends, if there is one. 204."""
    organization, user = the_organization(host.state, body), the_user(host.state, body)
    organization.sso_sessions.pop(user.id, None)
    host.state.changed()
    return Response(204)


@routes.add("POST", "roles")
def change_role(host: Host, _request: Request, body: Body) -> Response:
    """`login` is an ``admin`` or a ``member`` of `organization` from now on, whether or not they were in it. 204.

    GitHub sends a webhook for who is new there, none for a change of role.
    """
    organization, user = the_organization(host.state, body), the_user(host.state, body)
    role = body.get("role")
    if role not in ("admin", "member"):
        raise Refusal(422, "role must be admin or member")
    is_new = user.id not in organization.members
    sender = the_sender(host.state, organization, body) if is_new else user
    given: Role = "admin" if role == "admin" else "member"
    organization.members[user.id] = given
    if is_new:
        host.state.announce(member_event("member_added", organization, user, given, sender))
    host.state.changed()
    return Response(204)
