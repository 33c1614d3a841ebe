"""Control of the world as a whole: state, ledger, clock, reset."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from apps.simulator.app_model import App, Hook
from apps.simulator.clock import utc_text
from apps.simulator.control_routing import Body, ControlRoutes, the_organization
from apps.simulator.control_webhooks import webhook_shape
from apps.simulator.host import Host
from apps.simulator.http import Request, Response, json_response
from apps.simulator.model import Organization
from apps.simulator.options import WORLD_SWITCHES
from apps.simulator.state import CAST, State
from apps.simulator.teams import in_team
from apps.simulator.token_shapes import grant_bytes, request_bytes

routes = ControlRoutes()


@routes.add("GET", "state")
def show_state(host: Host, request: Request, _body: Body) -> Response:
    """An overview; with ``?organization=LOGIN`` every request and grant of that organization as the lists show them."""
    if request.parameter("organization"):
        return json_response(
            _contents(host, the_organization(host.state, {"organization": request.parameter("organization")}))
        )
    return json_response(_overview(host))


@routes.add("GET", "ledger")
def show_ledger(host: Host, _request: Request, _body: Body) -> Response:
    """Every accepted mutation of token requests, grants and issues, oldest first."""
    return json_response(host.state.ledger)


@routes.add("POST", "clock")
def move_clock(host: Host, _request: Request, body: Body) -> Response:
    """Move the simulator's clock ahead by `advance_seconds`.

    With `strict` an App whose own clock stayed behind is refused from now on, until it is false again.
    """
    host.state.clock.advance(float(body["advance_seconds"]))
    host.state.clock.strict = bool(body.get("strict", host.state.clock.strict))
    host.state.changed()
    return json_response({"now": utc_text(host.state.now())})


@routes.add("POST", "bulk")
def change_bulk(host: Host, _request: Request, body: Body) -> Response:
    """How many seconds bulk calls take from now on until they are carried out: `delay`."""
    host.state.options = host.state.options.changed({"bulk_delay": float(body["delay"])})
    return json_response({"delay": host.state.options.bulk_delay})


@routes.add("POST", "reset")
def reset(host: Host, _request: Request, body: Body) -> Response:
    """A new world; the body may replace options of the first one."""
    host.reset(body)
    return json_response(_overview(host), status=201)


def _overview(host: Host) -> dict[str, Any]:
    state, options = host.state, host.state.options
    apps = [_app(app) for app in state.apps.values()]
    first = next((app.hook for app in state.apps.values()), Hook())
    return {
        "now": utc_text(state.now()),
        "seed": options.seed,
        "live": options.live,
        "worlds": {key: options.worlds.get(key, "A") for key in WORLD_SWITCHES},
        "app": apps[0] if apps else None,
        "apps": apps,
        "cast": {login: state.logins[login].id for login in CAST},
        "users": len(state.users),
        "organizations": [_summary(state, organization) for organization in state.organizations.values()],
        "scheduled": len(state.scheduled),
        "faults": state.faults.shapes(),
        "webhook": webhook_shape(state, first),
        "ledger": len(state.ledger),
        "charged": state.quotas.charged(),
    }


def _app(app: App) -> dict[str, Any]:
    return {"app_id": app.id, "client_id": app.client_id, "slug": app.slug, "owner": app.owner.login}


def _summary(state: State, organization: Organization) -> dict[str, Any]:
    """`installation_id` and `suspended` are those of the first App."""
    first = next((organization.installations.get(number) for number in state.apps), None)
    return {
        "id": organization.id,
        "login": organization.login,
        "installation_id": first.id if first else None,
        "suspended": first is not None and first.suspended_at is not None,
        "installations": {one.app.slug: one.id for one in organization.installations.values()},
        "saml": organization.saml,
        "members": len(organization.members),
        "admins": sorted(state.users[n].login for n, role in organization.members.items() if role == "admin"),
        "sso_sessions": sorted(state.users[number].login for number in organization.sso_sessions),
        "repositories": len(organization.repositories),
        "requests": len(organization.requests),
        "grants": len(organization.grants),
    }


def _contents(host: Host, organization: Organization) -> dict[str, Any]:
    now = host.state.now()
    requests = [request_bytes(host.urls, organization, item, now) for item in organization.requests.values()]
    grants = [grant_bytes(host.urls, organization, item, now) for item in organization.grants.values()]
    logins = {number: user.login for number, user in host.state.users.items()}
    members = {logins[number]: role for number, role in organization.members.items()}
    return {
        "organization": organization.login,
        "members": members,
        "teams": {team.slug: sorted(logins[n] for n in in_team(organization, team)) for team in organization.teams},
        "repositories": [repository.name for repository in organization.repositories.values()],
        "private": {repository.name: repository.private for repository in organization.repositories.values()},
        "issues": [
            {"repository": repository.name, **asdict(issue)}
            for repository in organization.repositories.values()
            for issue in repository.issues.values()
        ],
        "requests": [json.loads(item) for item in requests],
        "grants": [json.loads(item) for item in grants],
    }
