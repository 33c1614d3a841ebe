"""Control of webhooks: where they go, and how they go astray."""

from __future__ import annotations

from typing import Any

from apps.simulator.control_routing import Body, ControlRoutes
from apps.simulator.hook_faults import KINDS, HookFault
from apps.simulator.hook_sending import checked_address
from apps.simulator.host import Host
from apps.simulator.http import Request, Response, json_response
from apps.simulator.orders import read_order
from apps.simulator.state import State

routes = ControlRoutes()


@routes.add("GET", "webhook")
def show_webhook(host: Host, _request: Request, _body: Body) -> Response:
    """Where webhooks go, how many are still `waiting` to leave, how many deliveries are kept, and the faults."""
    return json_response(webhook_shape(host.state))


@routes.add("POST", "webhook")
def set_webhook(host: Host, _request: Request, body: Body) -> Response:
    """From now on webhooks go to `url`, an ``http://`` address of this machine; to none when it is empty or null."""
    url = str(body["url"] or "")
    host.state.outbox.url = checked_address(url) if url else ""
    return json_response(webhook_shape(host.state))


@routes.add("POST", "webhook-faults")
def add_webhook_fault(host: Host, _request: Request, body: Body) -> Response:
    """Let webhooks go astray: {kind: lose, double, delay or reorder, event?, times: 1, seconds: 1, skip: 0}. 201."""
    fault = HookFault(**read_order(body, KINDS, seconds=1), event=str(body.get("event") or ""))
    host.state.outbox.add_fault(fault)
    return json_response(fault.shape(), status=201)


@routes.add("DELETE", "webhook-faults")
def clear_webhook_faults(host: Host, _request: Request, _body: Body) -> Response:
    """Forget all faults of webhooks; one that was kept back until the next is sent now. 204."""
    host.state.outbox.forget_faults()
    return Response(204)


def webhook_shape(state: State) -> dict[str, Any]:
    outbox = state.outbox
    return {
        "url": outbox.url or None,
        "waiting": outbox.waiting,
        "deliveries": len(outbox.deliveries()),
        "faults": outbox.faults.shapes(),
    }
