"""The pages on which the owner of an App changes it: its webhook, its permissions and events.

Source: docs.github.com, "Modifying a GitHub App registration": no API changes what an App asks for. More is in effect
once each organization's owner has accepted it; that less is so at once is not documented.
"""

from __future__ import annotations

from apps.simulator.app_model import App
from apps.simulator.app_settings_pages import permissions_page, settings_page
from apps.simulator.events import ping_event
from apps.simulator.http import Response, redirect, with_parameters
from apps.simulator.manifest import is_web_address
from apps.simulator.model import User
from apps.simulator.permission_names import EVENT_PERMISSIONS, PERMISSION_LEVELS, allows, completed
from apps.simulator.routing import Call, Routes
from apps.simulator.visitors import own_app, signed_in

routes = Routes()


@routes.add("GET", "/settings/apps/{slug}")
@routes.add("GET", "/organizations/{org}/settings/apps/{slug}")
@signed_in
def show_settings(call: Call, user: User) -> Response:
    return settings_page(call, own_app(call, user), user)


@routes.add("POST", "/settings/apps/{slug}")
@routes.add("POST", "/organizations/{org}/settings/apps/{slug}")
@signed_in
def change_webhook(call: Call, user: User) -> Response:
    """The webhook: its address, whether it is on, a new secret when one is given. What is new is tried with a ping."""
    app, url, active = own_app(call, user), call.request.given("url").strip(), bool(call.request.given("active"))
    if (url or active) and not is_web_address(url):
        return settings_page(call, app, user, "Webhook URL must be a valid URL")
    hook = app.hook
    before = (hook.url, hook.active, hook.secret)
    hook.url, hook.active, hook.secret = url, active, call.request.given("secret") or hook.secret
    call.state.changed()
    if hook.sends and before != (hook.url, hook.active, hook.secret):
        call.state.announce(ping_event(app))
    return redirect(with_parameters(call.urls.web(call.request.path), {"login": user.login}))


@routes.add("GET", "/settings/apps/{slug}/permissions")
@routes.add("GET", "/organizations/{org}/settings/apps/{slug}/permissions")
@signed_in
def show_permissions(call: Call, user: User) -> Response:
    return permissions_page(call, own_app(call, user), user)


@routes.add("POST", "/settings/apps/{slug}/permissions")
@routes.add("POST", "/organizations/{org}/settings/apps/{slug}/permissions")
@signed_in
def change_permissions(call: Call, user: User) -> Response:
    """What the App asks for from now on: ``permission_NAME`` is a level or empty, ``event_NAME`` is there or not."""
    app, fields = own_app(call, user), call.request.fields()
    asked = {name: fields.get(f"permission_{name}", "") for name in PERMISSION_LEVELS}
    chosen = completed({name: level for name, level in asked.items() if level in PERMISSION_LEVELS[name]})
    events = tuple(name for name in EVENT_PERMISSIONS if fields.get(f"event_{name}") and allows(chosen, name))
    _ask_for(call, app, chosen, events)
    return redirect(with_parameters(call.urls.web(call.request.path), {"login": user.login, "saved": "1"}))


def _ask_for(call: Call, app: App, permissions: dict[str, str], events: tuple[str, ...]) -> None:
    for installation in call.state.installations.values():
        if installation.app is app:
            installation.narrow(permissions)
    app.permissions, app.events = permissions, events
    call.state.changed()
