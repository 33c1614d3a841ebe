"""Control of how Apps come about, and of their keys.

`app` is the slug of the App that is meant, the first one by default.
"""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_app
from apps.simulator.credentials import new_private_key, public_pem
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response
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


@routes.add("POST", "apps/keys")
def add_key(host: Host, _request: Request, body: Body) -> Response:
    """The App's owner has another private key made; those it has stay good. 201 with its `pem`."""
    app, key = the_app(host.state, body), new_private_key()
    app.key_pems = (*app.key_pems, public_pem(key))
    host.state.changed()
    return json_response({"pem": key}, status=201)


@routes.add("POST", "apps/keys/delete")
def delete_key(host: Host, _request: Request, body: Body) -> Response:
    """The App's owner deletes the oldest key; never the only one, as on GitHub. 204."""
    app = the_app(host.state, body)
    if len(app.keys()) < 2:
        raise Refusal(422, "An App keeps at least one key")
    app.forget_oldest_key()
    host.state.changed()
    return Response(204)
