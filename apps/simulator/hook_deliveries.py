"""The App looks up its webhook deliveries and has one sent again.

Source: docs.github.com, REST "GitHub App webhooks" and "Redelivering webhooks": deliveries of the last three days,
`cursor` names the delivery a page begins with, `success` is a status code of 200 to 399 and `failure` one of 400 to
599; a redelivery has the same guid and an id of its own.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from apps.simulator.access import calling_app
from apps.simulator.clock import precise_text
from apps.simulator.hook_sending import THROTTLED, headers_of
from apps.simulator.http import Headers, Request, Response, invalid, json_response, not_found
from apps.simulator.listing import page_size
from apps.simulator.outbox import Delivery
from apps.simulator.routing import ONLY_APP, Call, Routes

DOCS = "apps/webhooks"
_CURSOR = "v1_"
_OUTCOMES = {"success": range(200, 400), "failure": range(400, 600)}

routes = Routes()


@routes.add("GET", "/app/hook/deliveries", callers=ONLY_APP, docs=f"{DOCS}#list-deliveries-for-an-app-webhook")
def list_deliveries(call: Call) -> Response:
    found = _chosen(call.request, _deliveries(call))
    size, start = page_size(call.request), _start(call.request, found)
    shapes = [_item(delivery) for delivery in found[start : start + size]]
    return json_response(shapes, headers=_links(call.request, found, start, size))


@routes.add(
    "GET", "/app/hook/deliveries/{delivery_id}", callers=ONLY_APP, docs=f"{DOCS}#get-a-delivery-for-an-app-webhook"
)
def get_delivery(call: Call) -> Response:
    delivery = _delivery(call)
    outcome = delivery.outcome
    return json_response(
        _item(delivery)
        | {
            "url": delivery.url,
            "request": {
                "headers": headers_of(delivery.message),
                "payload": json.loads(delivery.message.body),
            },
            "response": {"headers": outcome.headers, "payload": outcome.payload},
        }
    )


@routes.add(
    "POST",
    "/app/hook/deliveries/{delivery_id}/attempts",
    callers=ONLY_APP,
    docs=f"{DOCS}#redeliver-a-delivery-for-an-app-webhook",
)
def redeliver(call: Call) -> Response:
    call.state.outbox.post_again(_delivery(call))
    return json_response({}, status=202)


def _deliveries(call: Call) -> list[Delivery]:
    return call.state.outbox.deliveries(calling_app(call).hook)


def _chosen(request: Request, deliveries: list[Delivery]) -> list[Delivery]:
    status = request.parameter("status")
    if not status:
        return deliveries
    if status not in _OUTCOMES:
        raise invalid("Hook", "status", "status must be success or failure")
    return [delivery for delivery in deliveries if delivery.outcome.status_code in _OUTCOMES[status]]


def _start(request: Request, deliveries: list[Delivery]) -> int:
    """Where the page begins. A delivery that is gone by now gives way to the next older one."""
    cursor = request.parameter("cursor")
    if not cursor:
        return 0
    text = cursor.removeprefix(_CURSOR)
    if not cursor.startswith(_CURSOR) or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise invalid("Hook", "cursor", "cursor is none of ours")
    number = int(text)
    return next((at for at, delivery in enumerate(deliveries) if delivery.id <= number), len(deliveries))


def _links(request: Request, deliveries: list[Delivery], start: int, size: int) -> Headers:
    """`next` and `prev`; there is no last page to jump to."""
    targets = {"prev": max(0, start - size)} if start and deliveries else {}
    if start + size < len(deliveries):
        targets["next"] = start + size
    kept = [pair for pair in parse_qsl(request.query_string, keep_blank_values=True) if pair[0] != "cursor"]
    links = [
        f'<{request.with_query([*kept, ("cursor", f"{_CURSOR}{deliveries[at].id}")])}>; rel="{name}"'
        for name, at in targets.items()
    ]
    return [("Link", ", ".join(links))] if links else []


def _delivery(call: Call) -> Delivery:
    text = call.arguments["delivery_id"]
    found = [delivery for delivery in _deliveries(call) if str(delivery.id) == text]
    if not found:
        raise not_found()
    return found[0]


def _item(delivery: Delivery) -> dict[str, Any]:
    """Schema `hook-delivery-item`."""
    message, outcome = delivery.message, delivery.outcome
    when = precise_text(delivery.delivered_at)
    return {
        "id": delivery.id,
        "guid": message.guid,
        "delivered_at": when,
        "redelivery": message.redelivery,
        "duration": round(outcome.duration, 3),
        "status": outcome.status,
        "status_code": outcome.status_code,
        "event": message.event,
        "action": message.action,
        "installation_id": message.installation_id,
        "repository_id": None,
        "throttled_at": when if outcome is THROTTLED else None,
    }
