"""Control of webhooks: where they go, and how they go astray."""

from __future__ import annotations

from typing import Any

from apps.simulator.app_model import Hook
from apps.simulator.control_routing import Body, ControlRoutes, the_app
from apps.simulator.hook_faults import KINDS, HookFault
from apps.simulator.hook_sending import checked_address
from apps.simulator.host import Host
from apps.simulator.http import Request, Response, json_response
from apps.simulator.orders import read_order
from apps.simulator.state import State

routes = ControlRoutes()


@routes.add("GET", "webhook")
def show_webhook(host: Host, request: Request, _body: Body) -> Response:
    """Where webhooks go, how many are still `waiting` to leave, how many deliveries are kept, and the faults.

    Of the App with the slug in ``?app=``, the first one by default.
    """
    slug = request.parameter("app")
    return json_response(webhook_shape(host.state, the_app(host.state, {"app": slug} if slug else {}).hook))


@routes.add("POST", "webhook")
def set_webhook(host: Host, _request: Request, body: Body) -> Response:
    """From now on webhooks of `app` go to `url`, an ``http://`` address of this machine; to none when it is empty."""
    url, hook = str(body["url"] or ""), the_app(host.state, body).hook
    hook.url, hook.active = checked_address(url) if url else "", True
    host.state.changed()
    return json_response(webhook_shape(host.state, hook))


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


def webhook_shape(state: State, hook: Hook) -> dict[str, Any]:
    outbox = state.outbox
    return {
        "url": hook.url or None,
        "waiting": outbox.waiting,
        "deliveries": len(outbox.deliveries(hook)),
        "faults": outbox.faults.shapes(),
    }
