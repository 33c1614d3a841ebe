"""What a caller gets where a fault fires: the answer of a GitHub, or of something before it, that fails."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

from apps.simulator.faults import Fault
from apps.simulator.http import Headers, Refusal, Request, Response, html_response, json_response
from apps.simulator.routing import DOCS
from apps.simulator.state import State

_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_MESSAGES = {
    "401": "Bad credentials",
    "403": "Resource not accessible by integration",
    "404": "Not Found",
    "429": _SECONDARY,
    "504": "The server did not answer in time",
}
_PAGE = "<!doctype html><title>Sorry</title><h1>This page is taking too long to load.</h1>"


def faulty(state: State, fault: Fault, request: Request, serve: Callable[[], Response]) -> Response:
    """The answer of a request that a fault meets; `serve` does what was asked for."""
    response = serve() if fault.serves else None
    if fault.kind == "hang":
        state.faults.hang(fault.seconds)
        return response or _refusal("504")
    if response is None or fault.kind not in _SPOILT:
        return _instead(state, fault)
    return _SPOILT[fault.kind](response, request)


def _instead(state: State, fault: Fault) -> Response:
    if fault.kind not in _INSTEAD:
        return _refusal(fault.kind)
    return _INSTEAD[fault.kind](state, fault)


def _primary_limit(state: State, fault: Fault) -> Response:
    reset = str(int(state.now() + fault.seconds))
    headers = [("X-RateLimit-Limit", "5000"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", reset)]
    return Refusal(403, "API rate limit exceeded for this user.", headers=headers).response(DOCS)


def _secondary_limit(_state: State, fault: Fault) -> Response:
    return Refusal(403, _SECONDARY, headers=_retry_after(fault)).response(DOCS)


_INSTEAD: dict[str, Callable[[State, Fault], Response]] = {
    "202": lambda _state, _fault: json_response({}, status=202),
    "html": lambda _state, _fault: html_response(_PAGE),
    "reset": lambda _state, _fault: Response(502, ending="reset"),
    "primary-limit": _primary_limit,
    "secondary-limit": _secondary_limit,
    "429": lambda _state, fault: _refusal("429", _retry_after(fault)),
}


def _retry_after(fault: Fault) -> Headers:
    return [("Retry-After", str(int(fault.seconds)))] if fault.seconds else []


def _refusal(status: str, headers: Headers | None = None) -> Response:
    return Refusal(int(status), _MESSAGES.get(status, "Server Error"), headers=headers).response(DOCS)


# --- served and spoilt --------------------------------------------------------------------------------------


def _empty(response: Response, _request: Request) -> Response:
    return Response(200, b"[]", _without(response, "ETag", "Link"))


def _truncate(response: Response, _request: Request) -> Response:
    return Response(200, response.body[: len(response.body) // 2], _without(response, "ETag", "Link"))


def _garble(response: Response, _request: Request) -> Response:
    return Response(200, response.body.replace(b'"token_name"', b'"token_lost"', 1), _without(response, "ETag"))


def _loop(response: Response, request: Request) -> Response:
    first = [pair for pair in parse_qsl(request.query_string, keep_blank_values=True) if pair[0] != "page"]
    link = ("Link", f'<{request.with_query(first)}>; rel="next"')
    return Response(response.status, response.body, [*_without(response, "ETag", "Link"), link])


def _cut(response: Response, _request: Request) -> Response:
    return Response(response.status, response.body, response.headers, ending="cut")


def _drip(response: Response, _request: Request) -> Response:
    return Response(response.status, response.body, response.headers, ending="drip")


_SPOILT: dict[str, Callable[[Response, Request], Response]] = {
    "empty": _empty,
    "truncate": _truncate,
    "garble": _garble,
    "loop": _loop,
    "cut": _cut,
    "drip": _drip,
}


def _without(response: Response, *names: str) -> Headers:
    return [(name, value) for name, value in response.headers if name not in names]
