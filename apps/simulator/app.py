"""The WSGI application: control first, then faults, then web pages, then the API.

One API request: user agent -> API version -> who calls -> quota -> route -> handler -> ETag -> headers. A 304
costs no quota (docs.github.com, "Best practices for using the REST API").
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import partial
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.channel import ClientDisconnected

from apps.simulator import (
    app_creation,
    app_installing,
    app_settings,
    broken,
    control,
    home,
    hook_config,
    hook_deliveries,
    installations,
    issues,
    oauth,
    orgs,
    pats,
    reviews,
    teams,
    users,
)
from apps.simulator.access import not_accessible, refuse_barred, refuse_suspended
from apps.simulator.bulk import settle
from apps.simulator.charging import charge, quota_of, with_quota
from apps.simulator.clock import http_date
from apps.simulator.conditional import conditional
from apps.simulator.faulty_answers import faulty
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, not_found, read_request
from apps.simulator.identity import Kind, identify
from apps.simulator.options import SERVER_VERSION
from apps.simulator.quota import Quota
from apps.simulator.routing import DOCS, VERSIONS, Call, Route, Routes
from apps.simulator.state import State

API = Routes().include(
    [
        app_creation.routes,
        installations.routes,
        hook_config.routes,
        hook_deliveries.routes,
        users.routes,
        orgs.routes,
        teams.routes,
        issues.routes,
        pats.routes,
        reviews.routes,
    ]
)
WEB = Routes().include([oauth.routes, app_creation.web, app_installing.routes, app_settings.routes, home.routes])


class Simulator:
    """The WSGI callable."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            request = read_request(environ)
            response = self.answer(request)
        except Refusal as refusal:
            response = refusal.response(DOCS)
        if response.ending:
            broken.leave(environ["simulator.socket"], response, self.host.state.faults.hang)
            raise ClientDisconnected
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        headers.append(("Date", http_date(self.host.state.now())))
        start_response(response.status_line, headers)
        return [response.body]

    def answer(self, request: Request) -> Response:
        """The response to a request, with faults; holds the world's lock only while working."""
        state = self.host.state
        if request.path.startswith("/_simulator/"):
            return control.answer(self.host, request)
        fault = state.faults.take(request.verb, request.path)
        if fault is None:
            return self._settled(state, request)
        asked = request.unconditional() if fault.spoils else request
        return faulty(state, fault, asked, partial(self._settled, state, asked))

    def _settled(self, state: State, request: Request) -> Response:
        with state.lock:
            settle(state)
            return self._serve(state, request)

    def _serve(self, state: State, request: Request) -> Response:
        call = Call(state, self.host.urls, request)
        if state.options.enterprise_server and not request.is_prefixed and not _is_page(request):
            return home.refusal_page(call, not_found())
        found = None if request.is_prefixed else WEB.find(request.verb, request.path)
        if found is not None and (request.path != "/" or request.wants_html):
            route, call.arguments = found
            try:
                return route.handler(call)
            except Refusal as refusal:
                return home.refusal_page(call, refusal)
        if request.wants_html:
            return home.refusal_page(call, not_found())
        return _finish(state, call, _api(call))


def _is_page(request: Request) -> bool:
    return request.path == "/" or WEB.find(request.verb, request.path) is not None


def _api(call: Call) -> Response:
    """The API's answer, refusals included, with quota headers once it is known who is counted."""
    quota: Quota | None = None
    docs = DOCS
    try:
        _check_headers(call)
        call.caller = identify(call.state, call.request)
        quota = None if call.state.options.enterprise_server else quota_of(call)
        route, call.arguments = _route(call)
        docs = f"{DOCS}/{route.docs}" if route.docs else DOCS
        if quota is not None and call.request.path != "/rate_limit":
            charge(call, quota)
        response = conditional(call.request, _admitted(call, route), call.caller.digest)
        if route.permission:
            response.headers.append(("X-Accepted-GitHub-Permissions", route.permission))
    except Refusal as refusal:
        response = refusal.response(docs)
    if response.status == 304 and quota is not None:
        quota.used -= 1
    return with_quota(response, quota)


def _check_headers(call: Call) -> None:
    if not call.request.header("user-agent"):
        raise Refusal(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
        )
    version = call.request.header("x-github-api-version")
    if version and version not in VERSIONS:
        raise Refusal(400, f"The API version {version[:40]!r} is not supported.")
    call.version = version or VERSIONS[0]


def _route(call: Call) -> tuple[Route, dict[str, str]]:
    """The route; ``/organizations/ID/...`` is another name of ``/orgs/LOGIN/...``."""
    parts = call.request.path.split("/", 3)
    path = call.request.path
    if len(parts) > 3 and parts[1] == "organizations" and parts[2].isdecimal():
        organization = call.state.organization_by_id(int(parts[2]))
        path = f"/orgs/{organization.login}/{parts[3]}" if organization else "/"
    found = API.find(call.request.verb, path)
    if found is None:
        raise not_found()
    return found


def _admitted(call: Call, route: Route) -> Response:
    """The handler's answer for a caller whose kind of token the operation takes."""
    kind = call.caller.kind
    if kind in route.callers:
        if call.caller.installation is not None:
            refuse_suspended(call.caller.installation)
        refuse_barred(call)
        return route.handler(call)
    if kind is Kind.ANYONE:
        raise Refusal(401, "Requires authentication")
    if Kind.APP in route.callers:
        raise Refusal(401, "A JSON web token could not be decoded")
    raise not_accessible()


def _finish(state: State, call: Call, response: Response) -> Response:
    stamp = f"{secrets.token_hex(2)}:{secrets.token_hex(3)}:{int(state.now()):X}".upper()
    response.headers += [
        ("X-GitHub-Media-Type", "github.v3; format=json"),
        ("X-GitHub-Api-Version-Selected", call.version),
        ("X-GitHub-Request-Id", stamp),
        ("Cache-Control", "private, max-age=60, s-maxage=60"),
        ("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP"),
    ]
    if state.options.enterprise_server:
        response.headers.append(("X-GitHub-Enterprise-Version", f"enterprise-server@{SERVER_VERSION}"))
    return response
