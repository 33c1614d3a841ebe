"""Control of how Apps come about."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.permission_names import PERMISSION_LEVELS

routes = ControlRoutes()


@routes.add("POST", "apps/withhold")
def withhold_permissions(host: Host, _request: Request, body: Body) -> Response:
    """The next App made from a manifest lacks these `permissions`, whatever it asks for; [] forgets the order. 204."""
    names = body.get("permissions")
    if not isinstance(names, list) or not all(str(name) in PERMISSION_LEVELS for name in names):
        raise Refusal(422, "permissions must be a list of names of permissions")
    host.state.withheld = frozenset(names)
    return Response(204)
