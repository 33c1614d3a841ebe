"""Control of what an App asks for: what its owner ticks on its page, for an App whose owner lives elsewhere."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_app
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.permission_names import PERMISSION_LEVELS, completed

routes = ControlRoutes()


@routes.add("POST", "apps/permissions")
def ask_for(host: Host, _request: Request, body: Body) -> Response:
    """The App asks for `permissions` from now on: less holds at once, more when an owner has accepted it. 204."""
    state, app, given = host.state, the_app(host.state, body), body.get("permissions")
    if not isinstance(given, dict) or any(one not in PERMISSION_LEVELS.get(name, ()) for name, one in given.items()):
        raise Refusal(422, "permissions must be an object of names and levels that there are")
    chosen = completed(dict(given))
    for installation in state.installations.values():
        if installation.app is app:
            installation.narrow(chosen)
    app.permissions = chosen
    state.changed()
    return Response(204)
