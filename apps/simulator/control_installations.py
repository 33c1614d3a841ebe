"""Control of an App's installation on an organization, and of what a person lets it do in their name.

`app` is the slug of the App that is meant, the first one by default.
"""

from __future__ import annotations

from apps.simulator.app_model import Installation
from apps.simulator.control_routing import Body, ControlRoutes, the_app, the_organization, the_sender, the_user
from apps.simulator.events import authorization_event, installation_event
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response
from apps.simulator.model import LEVELS, User
from apps.simulator.state import State

routes = ControlRoutes()


@routes.add("POST", "installations/suspend")
def suspend(host: Host, _request: Request, body: Body) -> Response:
    """`by` (an owner by default) suspends the App on `organization`: what it asks is refused with 403. 204."""
    state, installation = host.state, _installed(host.state, body)
    if installation.suspended_at is not None:
        raise Refusal(422, f"The App is suspended on {installation.organization.login} already")
    sender = the_sender(state, installation.organization, body)
    installation.suspended_at, installation.suspended_by = int(state.now()), sender
    return _told(state, installation, "suspend", sender)


@routes.add("POST", "installations/unsuspend")
def unsuspend(host: Host, _request: Request, body: Body) -> Response:
    """The App may work on `organization` again. 204."""
    state, installation = host.state, _installed(host.state, body)
    if installation.suspended_at is None:
        raise Refusal(422, f"The App is not suspended on {installation.organization.login}")
    sender = the_sender(state, installation.organization, body)
    installation.suspended_at = installation.suspended_by = None
    return _told(state, installation, "unsuspend", sender)


@routes.add("POST", "installations/delete")
def delete(host: Host, _request: Request, body: Body) -> Response:
    """The App is taken off `organization`; its installation tokens die. 204."""
    state, installation = host.state, _installed(host.state, body)
    sender = the_sender(state, installation.organization, body)
    state.uninstall(installation)
    return _told(state, installation, "deleted", sender)


@routes.add("POST", "installations/create")
def create(host: Host, _request: Request, body: Body) -> Response:
    """The App comes onto `organization`, under a new id each time. 201 with `installation_id`."""
    state, organization, app = host.state, the_organization(host.state, body), the_app(host.state, body)
    if app.id in organization.installations:
        raise Refusal(422, f"The App is installed on {organization.login} already")
    if not app.may_be_on(organization):
        raise Refusal(422, f"{app.name} is private, and of another owner than {organization.login}")
    sender = the_sender(state, organization, body)
    installation = state.install(app, organization, dict(app.permissions))
    _told(state, installation, "created", sender)
    return json_response({"installation_id": installation.id}, status=201)


@routes.add("POST", "installations/accept-permissions")
def accept_permissions(host: Host, _request: Request, body: Body) -> Response:
    """`by` accepts all the permissions the App asks for. 204."""
    state, installation = host.state, _installed(host.state, body)
    sender = the_sender(state, installation.organization, body)
    installation.accepted = dict(installation.app.permissions)
    return _told(state, installation, "new_permissions_accepted", sender)


@routes.add("POST", "installations/permissions")
def set_permissions(host: Host, _request: Request, body: Body) -> Response:
    """The App has only `permissions` on `organization`, until its owner accepts what it asks for. 204, no webhook.

    So it is after the App asked for more: GitHub tells of the acceptance alone.
    """
    installation, given = _installed(host.state, body), body.get("permissions")
    if not isinstance(given, dict) or any(LEVELS.get(str(level), 0) == 0 for level in given.values()):
        raise Refusal(422, "permissions must be an object of read, write or admin")
    installation.accepted = {"metadata": "read", **given}
    host.state.changed()
    return Response(204)


@routes.add("POST", "ip-allow-list")
def set_ip_allow_list(host: Host, _request: Request, body: Body) -> Response:
    """`organization` keeps out the kinds of tokens in `bars`: user, installation, both, or [] for none. 204.

    Of no App in particular; forgotten when the program ends.
    """
    organization, kinds = the_organization(host.state, body), body.get("bars")
    if not isinstance(kinds, list) or not {"user", "installation"}.issuperset(kinds):
        raise Refusal(422, "bars must be a list of user and installation")
    organization.barred = frozenset(kinds)
    return Response(204)


@routes.add("POST", "authorizations/revoke")
def revoke_authorization(host: Host, _request: Request, body: Body) -> Response:
    """`login` takes back the App's authorization: all their tokens end. 204, also when there were none."""
    state, user, app = host.state, the_user(host.state, body), the_app(host.state, body)
    state.forget_user(app, user)
    state.announce(authorization_event(app, user))
    return Response(204)


def _installed(state: State, body: Body) -> Installation:
    organization, app = the_organization(state, body), the_app(state, body)
    installation = organization.installations.get(app.id)
    if installation is None:
        raise Refusal(404, f"The App is not installed on {organization.login}")
    return installation


def _told(state: State, installation: Installation, action: str, sender: User) -> Response:
    state.changed()
    state.announce(installation_event(action, installation, sender))
    return Response(204)
