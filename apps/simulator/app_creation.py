"""An App is made from a manifest: the form that the browser brings, the page that asks for a name, the conversion.

Source: docs.github.com, "Registering a GitHub App from a manifest": the person comes back with a code, good once and
for one hour, which is converted into the App and all its secrets. Whether GitHub registers the App before that is not
documented; here a code that nobody converts leaves no App behind.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from apps.simulator.app_model import App, Hook
from apps.simulator.app_pages import create_page, problems_page
from apps.simulator.app_shapes import app_shape
from apps.simulator.clock import HOUR
from apps.simulator.credentials import digest, new_client_id, new_private_key, public_pem
from apps.simulator.events import ping_event
from apps.simulator.http import Refusal, Response, json_response, not_found, redirect, with_parameters
from apps.simulator.manifest import Manifest, ManifestError, name_problem, read_manifest, slug_of
from apps.simulator.model import User
from apps.simulator.permission_names import allows
from apps.simulator.routing import Call, Routes
from apps.simulator.state import Draft, State
from apps.simulator.visitors import acting_owner, signed_in

CODE_LIFE = HOUR

web = Routes()
routes = Routes()


@web.add("POST", "/settings/apps/new")
@web.add("POST", "/organizations/{org}/settings/apps/new")
@signed_in
def begin(call: Call, user: User) -> Response:
    """The page that asks for the App's name."""
    owner = acting_owner(call, user)
    try:
        manifest = read_manifest(call.request.given("manifest"))
    except ManifestError as wrong:
        return problems_page(wrong.problems)
    return create_page(call, owner, user, manifest.name)


@web.add("POST", "/settings/apps/manifest")
@web.add("POST", "/organizations/{org}/settings/apps/manifest")
@signed_in
def create(call: Call, user: User) -> Response:
    """The person has named the App: the browser goes back with a code."""
    owner, name = acting_owner(call, user), call.request.given("name").strip()
    try:
        manifest = read_manifest(call.request.given("manifest"))
    except ManifestError as wrong:
        return problems_page(wrong.problems)
    problem = name_problem(name) or _taken(call.state, name)
    if problem:
        return create_page(call, owner, user, name, problem)
    code = secrets.token_hex(20)
    call.state.forget_expired()
    draft = Draft(replace(manifest, name=name), owner, call.state.now() + CODE_LIFE)
    call.state.drafts[digest(code)] = draft
    state = call.request.parameter("state")
    return redirect(with_parameters(manifest.redirect_url, {"code": code, "state": state}))


@routes.add("POST", "/app-manifests/{code}/conversions", docs="apps/apps#create-a-github-app-from-a-manifest")
def convert(call: Call) -> Response:
    """The App and its secrets, which are never shown again. 404 for a code that was used, is too old, or is none."""
    state = call.state
    draft = state.drafts.pop(digest(call.arguments["code"]), None)
    if draft is None or draft.expires_at <= state.now():
        raise not_found()
    problem = _taken(state, draft.manifest.name)
    if problem:
        raise Refusal(422, problem)
    client_secret, key = secrets.token_hex(20), new_private_key()
    app = state.add_app(_registered(state, draft, client_secret, key))
    state.withheld = frozenset()
    state.changed()
    if app.hook.sends:
        state.announce(ping_event(app))
    told = {"client_secret": client_secret, "webhook_secret": app.hook.secret or None, "pem": key}
    return json_response(app_shape(call.urls, app) | told, status=201)


def _registered(state: State, draft: Draft, client_secret: str, key: str) -> App:
    manifest, number = draft.manifest, state.next_id("app")
    permissions = {name: level for name, level in manifest.permissions.items() if name not in state.withheld}
    return App(
        id=number,
        slug=slug_of(manifest.name),
        name=manifest.name,
        client_id=new_client_id(),
        client_secret_digest=digest(client_secret),
        owner=draft.owner,
        hook=_hook(manifest, number),
        description=manifest.description,
        external_url=manifest.url,
        public=manifest.public,
        permissions=permissions,
        events=tuple(event for event in manifest.events if allows(permissions, event)),
        callback_urls=manifest.callback_urls,
        setup_url=manifest.setup_url,
        setup_on_update=manifest.setup_on_update,
        request_oauth_on_install=manifest.request_oauth_on_install,
        created_at=int(state.now()),
        key_pems=(public_pem(key),),
    )


def _hook(manifest: Manifest, number: int) -> Hook:
    secret = secrets.token_hex(20) if manifest.hook_url else ""
    return Hook(number, manifest.hook_url, secret, active=manifest.hook_active)


def _taken(state: State, name: str) -> str:
    return "Name is already taken" if state.app_named(slug_of(name)) else ""
