"""The App reads and changes where its webhooks go, and with which secret they are signed.

Source: docs.github.com, REST "GitHub App webhooks": what a change leaves out stays as it is; the secret is never
shown. A changed webhook is tried with a ping.
"""

from __future__ import annotations

from typing import Any

from apps.simulator.access import calling_app
from apps.simulator.app_shapes import hook_config
from apps.simulator.events import ping_event
from apps.simulator.http import Response, invalid, json_body, json_response
from apps.simulator.manifest import is_web_address
from apps.simulator.routing import ONLY_APP, Call, Routes

DOCS = "apps/webhooks"

routes = Routes()


@routes.add("GET", "/app/hook/config", callers=ONLY_APP, docs=f"{DOCS}#get-a-webhook-configuration-for-an-app")
def get_hook_config(call: Call) -> Response:
    return json_response(hook_config(calling_app(call).hook))


@routes.add("PATCH", "/app/hook/config", callers=ONLY_APP, docs=f"{DOCS}#update-a-webhook-configuration-for-an-app")
def update_hook_config(call: Call) -> Response:
    app, given = calling_app(call), _checked(json_body(call.request))
    for name, value in given.items():
        setattr(app.hook, name, value)
    call.state.changed()
    if app.hook.sends:
        call.state.announce(ping_event(app))
    return json_response(hook_config(app.hook))


def _checked(body: dict[str, Any]) -> dict[str, str]:
    """The fields of a hook in a body. Refuses with 422 what is none."""
    for name in ("url", "secret", "content_type"):
        if name in body and not isinstance(body[name], str):
            raise invalid("Hook", name, f"{name} must be a string")
    if not is_web_address(body.get("url", "http://x")):
        raise invalid("Hook", "url", "url must be a valid URL")
    if body.get("content_type", "json") not in ("json", "form"):
        raise invalid("Hook", "content_type", "content_type must be json or form")
    if str(body.get("insecure_ssl", "0")) not in ("0", "1"):
        raise invalid("Hook", "insecure_ssl", "insecure_ssl must be 0 or 1")
    return {name: str(body[name]) for name in ("url", "secret", "content_type", "insecure_ssl") if name in body}
