"""Control of faults."""

from __future__ import annotations

import re

from apps.simulator.control_routing import Body, ControlRoutes
from apps.simulator.faults import KINDS, Fault
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response
from apps.simulator.orders import read_order

routes = ControlRoutes()


@routes.add("POST", "faults")
def add_fault(host: Host, _request: Request, body: Body) -> Response:
    """Let requests fail: {kind, verb?, path: regular expression, times: 1, seconds: 30, after: false, skip: 0}. 201."""
    order = read_order({"kind": "500"} | body, KINDS, seconds=30)
    try:
        pattern = re.compile(str(body.get("path", "")))
    except re.error as problem:
        raise Refusal(422, f"path is no regular expression: {problem}") from None
    fault = Fault(
        **order,
        pattern=pattern,
        verb=str(body["verb"]).upper() if body.get("verb") else None,
        after=bool(body.get("after", False)),
    )
    host.state.faults.add(fault)
    return json_response(fault.shape(), status=201)


@routes.add("DELETE", "faults")
def clear_faults(host: Host, _request: Request, _body: Body) -> Response:
    """Forget all faults and let go of whoever hangs in one. 204."""
    host.state.faults.clear()
    return Response(204)
