"""Control of people and organizations: memberships end, roles change, an organization gets another name."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_sender, the_user
from apps.simulator.events import member_event, renaming_events
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


@routes.add("POST", "organizations/rename")
def rename_organization(host: Host, _request: Request, body: Body) -> Response:
    """`organization` is called `to` from now on; its old name is nobody's. 204."""
    state, organization, login = host.state, the_organization(host.state, body), str(body["to"])
    if not login or not login.replace("-", "").isalnum() or not login.isascii():
        raise Refusal(422, "to must be a login: letters, digits and hyphens")
    if state.organization_named(login) or state.user_named(login):
        raise Refusal(422, f"{login} is taken")
    sender, before = the_sender(state, organization, body), organization.login
    state.rename(organization, login)
    for event in renaming_events(organization, before, sender):
        state.announce(event)
    return Response(204)


@routes.add("POST", "profiles")
def change_profile(host: Host, _request: Request, body: Body) -> Response:
    """`login` shows `email` on their profile from now on; null: none. 204."""
    email = body.get("email")
    if email is not None and not isinstance(email, str):
        raise Refusal(422, "email must be a text or null")
    the_user(host.state, body).email = email
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
