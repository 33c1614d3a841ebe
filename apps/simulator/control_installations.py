"""Control of the App's installation on an organization, and of what a person lets the App do in their name."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_sender, the_user
from apps.simulator.events import authorization_event, installation_event
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response
from apps.simulator.model import LEVELS, Organization, User
from apps.simulator.state import State

routes = ControlRoutes()


@routes.add("POST", "installations/suspend")
def suspend(host: Host, _request: Request, body: Body) -> Response:
    """`by` (an owner by default) suspends the App on `organization`: what it asks is refused with 403. 204."""
    state, organization = host.state, _installed(host.state, body)
    if organization.suspended_at is not None:
        raise Refusal(422, f"The App is suspended on {organization.login} already")
    sender = the_sender(state, organization, body)
    organization.suspended_at, organization.suspended_by = int(state.now()), sender
    return _told(state, organization, "suspend", sender)


@routes.add("POST", "installations/unsuspend")
def unsuspend(host: Host, _request: Request, body: Body) -> Response:
    """The App may work on `organization` again. 204."""
    state, organization = host.state, _installed(host.state, body)
    if organization.suspended_at is None:
        raise Refusal(422, f"The App is not suspended on {organization.login}")
    sender = the_sender(state, organization, body)
    organization.suspended_at = organization.suspended_by = None
    return _told(state, organization, "unsuspend", sender)


@routes.add("POST", "installations/delete")
def delete(host: Host, _request: Request, body: Body) -> Response:
    """The App is taken off `organization`; its installation tokens die. 204."""
    state, organization = host.state, _installed(host.state, body)
    sender = the_sender(state, organization, body)
    del state.installations[organization.installation_id]
    organization.installed = False
    return _told(state, organization, "deleted", sender)


@routes.add("POST", "installations/create")
def create(host: Host, _request: Request, body: Body) -> Response:
    """The App, taken off `organization` before, is installed again under a new id. 201 with `installation_id`."""
    state, organization = host.state, the_organization(host.state, body)
    if organization.installed:
        raise Refusal(422, f"The App is installed on {organization.login} already")
    sender = the_sender(state, organization, body)
    organization.installation_id = state.next_id("installation")
    organization.installed, organization.suspended_at, organization.suspended_by = True, None, None
    state.installations[organization.installation_id] = organization
    _told(state, organization, "created", sender)
    return json_response({"installation_id": organization.installation_id}, status=201)


@routes.add("POST", "installations/accept-permissions")
def accept_permissions(host: Host, _request: Request, body: Body) -> Response:
    """`by` accepts all the permissions the App asks for. 204."""
    state, organization = host.state, _installed(host.state, body)
    organization.accepted = None
    return _told(state, organization, "new_permissions_accepted", the_sender(state, organization, body))


@routes.add("POST", "installations/permissions")
def set_permissions(host: Host, _request: Request, body: Body) -> Response:
    """The App has only `permissions` on `organization`, until its owner accepts what it asks for. 204, no webhook.

    So it is after the App asked for more: GitHub tells of the acceptance alone.
    """
    organization, given = _installed(host.state, body), body.get("permissions")
    if not isinstance(given, dict) or any(LEVELS.get(str(level), 0) == 0 for level in given.values()):
        raise Refusal(422, "permissions must be an object of read, write or admin")
    organization.accepted = {"metadata": "read", **given}
    host.state.changed()
    return Response(204)


@routes.add("POST", "authorizations/revoke")
def revoke_authorization(host: Host, _request: Request, body: Body) -> Response:
    """`login` takes back the App's authorization: all their tokens end. 204, also when there were none."""
    state, user = host.state, the_user(host.state, body)
    state.forget_user(user)
    state.announce(authorization_event(user))
    return Response(204)


def _installed(state: State, body: Body) -> Organization:
    organization = the_organization(state, body)
    if not organization.installed:
        raise Refusal(404, f"The App is not installed on {organization.login}")
    return organization


def _told(state: State, organization: Organization, action: str, sender: User) -> Response:
    state.changed()
    state.announce(installation_event(action, organization, sender))
    return Response(204)
