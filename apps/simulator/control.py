"""The pages under ``/_simulator/``: look at the world, and make things happen in it. No authentication.

Bodies are JSON objects; whatever they leave out has a default. A wrong one is a 422 that says what is wrong.
"""

from __future__ import annotations

import json

from apps.simulator import (
    control_apps,
    control_faults,
    control_installations,
    control_people,
    control_permissions,
    control_repositories,
    control_teams,
    control_tokens,
    control_webhooks,
    control_world,
)
from apps.simulator.bulk import settle
from apps.simulator.control_routing import ControlRoutes
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_body, not_found
from apps.simulator.routing import DOCS

ROUTES = ControlRoutes().include(
    [
        control_world.routes,
        control_tokens.routes,
        control_people.routes,
        control_teams.routes,
        control_repositories.routes,
        control_apps.routes,
        control_permissions.routes,
        control_installations.routes,
        control_faults.routes,
        control_webhooks.routes,
    ]
)


def answer(host: Host, request: Request) -> Response:
    """The response of a control page; never counted, never made to fail by a fault."""
    try:
        found = ROUTES.find(request.verb, request.path)
        if found is None:
            raise not_found()
        handler, arguments = found
        state = host.state
        with state.lock:
            settle(state)
            return handler(host, request, arguments | json_body(request))
    except Refusal as refusal:
        return refusal.response(DOCS)
    except (ValueError, TypeError, KeyError, json.JSONDecodeError) as problem:
        return Refusal(422, f"{type(problem).__name__}: {problem}").response(DOCS)
