"""An App is made from a manifest: the form that the browser brings, the page that asks for a name, the conversion.

Source: docs.github.com, "Registering a GitHub App from a manifest": the person comes back with a code, good once and
for one hour, which is converted into the App and all its secrets. Whether GitHub registers the App before that is not
documented; here a code that nobody converts leaves no App behind.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from apps.simulator.access import named_organization
from apps.simulator.app_model import App, Hook, Owner
from apps.simulator.app_pages import create_page, problems_page
from apps.simulator.app_shapes import app_shape
from apps.simulator.clock import HOUR
from apps.simulator.credentials import digest, new_client_id, new_private_key, public_pem
from apps.simulator.events import ping_event
from apps.simulator.http import Refusal, Response, json_response, not_found, redirect, with_parameters
from apps.simulator.manifest import Manifest, ManifestError, name_problem, read_manifest, slug_of
from apps.simulator.model import Organization, User
from apps.simulator.permission_names import allows
from apps.simulator.routing import Call, Routes
from apps.simulator.sign_in_page import people_page
from apps.simulator.state import Draft, State

CODE_LIFE = HOUR

web = Routes()
routes = Routes()


@web.add("POST", "/settings/apps/new")
@web.add("POST", "/organizations/{org}/settings/apps/new")
def begin(call: Call) -> Response:
    """The page that asks for the App's name; whom the browser belongs to is asked first, unless `login` says."""
    organization, user = _organization(call), _person(call)
    if user is None:
        return people_page(call, "Sign in to create a GitHub App", among=organization)
    owner = _owner(organization, user)
    try:
        manifest = read_manifest(call.request.given("manifest"))
    except ManifestError as wrong:
        return problems_page(wrong.problems)
    return create_page(call, owner, user, manifest.name)


@web.add("POST", "/settings/apps/manifest")
@web.add("POST", "/organizations/{org}/settings/apps/manifest")
def create(call: Call) -> Response:
    """The person has named the App: the browser goes back with a code."""
    organization, user = _organization(call), _person(call)
    if user is None:
        raise not_found()
    owner, name = _owner(organization, user), call.request.given("name").strip()
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
        key_pem=public_pem(key),
    )


def _hook(manifest: Manifest, number: int) -> Hook:
    secret = secrets.token_hex(20) if manifest.hook_url else ""
    return Hook(number, manifest.hook_url, secret, active=manifest.hook_active)


def _organization(call: Call) -> Organization | None:
    return named_organization(call) if "org" in call.arguments else None


def _person(call: Call) -> User | None:
    """Whose browser it is; None as long as nobody was chosen."""
    login = call.request.given("login")
    if not login:
        return None
    user = call.state.user_named(login)
    if user is None:
        raise Refusal(404, f"There is nobody called {login}")
    return user


def _owner(organization: Organization | None, user: User) -> Owner:
    """Whose App it becomes. Only an organization's owner makes one for it; to others the page is not there."""
    if organization is None:
        return Owner(user.id, user.login, "User")
    if not organization.is_admin(user):
        raise not_found()
    return Owner(organization.id, organization.login, "Organization")


def _taken(state: State, name: str) -> str:
    return "Name is already taken" if state.app_named(slug_of(name)) else ""
