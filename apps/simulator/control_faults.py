"""Control of faults."""

from __future__ import annotations

import re

from apps.simulator.control_routing import Body, ControlRoutes
from apps.simulator.faults import KINDS, Fault
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response

routes = ControlRoutes()


@routes.add("POST", "faults")
def add_fault(host: Host, _request: Request, body: Body) -> Response:
    """Let requests fail: {kind, verb?, path: regular expression, times: 1, seconds: 30, after: false, skip: 0}. 201."""
    kind = str(body.get("kind", "500"))
    if kind not in KINDS:
        raise Refusal(422, f"kind must be one of {', '.join(KINDS)}")
    try:
        pattern = re.compile(str(body.get("path", "")))
    except re.error as problem:
        raise Refusal(422, f"path is no regular expression: {problem}") from None
    fault = Fault(
        kind,
        pattern,
        verb=str(body["verb"]).upper() if body.get("verb") else None,
        times=int(body.get("times", 1)),
        seconds=float(body.get("seconds", 30)),
        after=kind == "hang" and bool(body.get("after", False)),
        skip=int(body.get("skip", 0)),
    )
    host.state.faults.add(fault)
    return json_response(fault.shape(), status=201)


@routes.add("DELETE", "faults")
def clear_faults(host: Host, _request: Request, _body: Body) -> Response:
    """Forget all faults and let go of whoever hangs in one. 204."""
    host.state.faults.clear()
    return Response(204)
