"""The pages on which the owner of an organization puts an App on it, accepts what it asks for, or takes it off.

Source: docs.github.com, "Installing a GitHub App from a third party", "About the setup URL", "Approving updated
permissions for a GitHub App": the setup address is told `installation_id` and `setup_action`, which anybody can write.
"""

from __future__ import annotations

from apps.simulator.access import named_organization
from apps.simulator.app_model import App, Installation
from apps.simulator.app_pages import app_page, choose_page, install_page, installation_page, update_page
from apps.simulator.events import installation_event
from apps.simulator.http import Response, not_found, redirect, with_parameters
from apps.simulator.model import Organization, User
from apps.simulator.oauth import new_code
from apps.simulator.routing import Call, Routes
from apps.simulator.visitors import owned, signed_in, the_app

routes = Routes()

_INSTALLATION = "/organizations/{org}/settings/installations/{installation_id}"


@routes.add("GET", "/apps/{slug}")
def show_app(call: Call) -> Response:
    """What everybody can see of an App."""
    return app_page(call, the_app(call))


@routes.add("GET", "/apps/{slug}/installations/new")
@signed_in
def choose(call: Call, user: User) -> Response:
    """Where to install it; straight on to what it asks for when there is one place only."""
    app = the_app(call)
    places = [one for one in call.state.organizations_of(user) if one.is_admin(user) and app.may_be_on(one)]
    if len(places) == 1 and app.id not in places[0].installations:
        return install_page(call, app, places[0], user)
    return choose_page(call, app, places, user)


@routes.add("GET", "/apps/{slug}/installations/new/permissions")
@signed_in
def ask_to_install(call: Call, user: User) -> Response:
    """What the App asks for, and the button."""
    return install_page(call, the_app(call), _target(call, user), user)


@routes.add("POST", "/apps/{slug}/installations")
@signed_in
def install(call: Call, user: User) -> Response:
    """The App is on the organization now; the browser goes to where the App wants it."""
    app, organization = the_app(call), _target(call, user)
    if app.id not in organization.installations:
        installation = call.state.install(app, organization, dict(app.permissions))
        call.state.changed()
        call.state.announce(installation_event("created", installation, user))
    return redirect(_after_install(call, app, organization.installations[app.id], user))


@routes.add("GET", _INSTALLATION)
@signed_in
def show_installation(call: Call, user: User) -> Response:
    return installation_page(call, _installation(call, user), user)


@routes.add("POST", _INSTALLATION)
@signed_in
def change_installation(call: Call, user: User) -> Response:
    """`action` is suspend, unsuspend or uninstall; what is so already stays so."""
    installation, action = _installation(call, user), call.request.given("action")
    if action == "uninstall":
        call.state.uninstall(installation)
        call.state.announce(installation_event("deleted", installation, user))
        return redirect(call.urls.web("/"))
    if action in ("suspend", "unsuspend") and (installation.suspended_at is None) == (action == "suspend"):
        installation.suspended_at = int(call.state.now()) if action == "suspend" else None
        installation.suspended_by = user if action == "suspend" else None
        call.state.changed()
        call.state.announce(installation_event(action, installation, user))
    return redirect(_page_of(call, installation, user))


@routes.add("GET", f"{_INSTALLATION}/permissions/update")
@signed_in
def show_update(call: Call, user: User) -> Response:
    """What the App asks for beyond what it was given."""
    return update_page(call, _installation(call, user), user)


@routes.add("POST", f"{_INSTALLATION}/permissions/update")
@signed_in
def accept_update(call: Call, user: User) -> Response:
    """The owner gives the App what it asks for. When there is nothing new, nothing happens."""
    installation = _installation(call, user)
    if installation.wanted:
        installation.accepted = dict(installation.app.permissions)
        call.state.changed()
        call.state.announce(installation_event("new_permissions_accepted", installation, user))
    return redirect(_page_of(call, installation, user))


def _target(call: Call, user: User) -> Organization:
    """The organization that `target_id` names, for its owner, where this App may be."""
    text = call.request.given("target_id")
    number = int(text) if text.isascii() and text.isdigit() else 0
    organization = call.state.organization_by_id(number)
    if organization is None or not the_app(call).may_be_on(organization):
        raise not_found()
    return owned(organization, user)


def _installation(call: Call, user: User) -> Installation:
    organization, text = owned(named_organization(call), user), call.arguments["installation_id"]
    found = [one for one in organization.installations.values() if str(one.id) == text]
    if not found:
        raise not_found()
    return found[0]


def _page_of(call: Call, installation: Installation, user: User) -> str:
    path = f"/organizations/{installation.organization.login}/settings/installations/{installation.id}"
    return with_parameters(call.urls.web(path), {"login": user.login})


def _after_install(call: Call, app: App, installation: Installation, user: User) -> str:
    told = {"installation_id": str(installation.id), "setup_action": "install", "state": call.request.given("state")}
    if app.request_oauth_on_install and app.callback_urls:
        target = app.callback_urls[0]
        return with_parameters(target, {"code": new_code(call, app, user, target)} | told)
    return with_parameters(app.setup_url, told) if app.setup_url else _page_of(call, installation, user)
