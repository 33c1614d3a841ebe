"""The pages of an App's owner: general settings with the webhook, permissions and events."""

from __future__ import annotations

from html import escape

from apps.simulator.app_model import App
from apps.simulator.http import Response, with_parameters
from apps.simulator.model import User
from apps.simulator.permission_names import EVENT_PERMISSIONS, PERMISSION_LEVELS, scope_of, title_of
from apps.simulator.routing import Call
from apps.simulator.sign_in_page import form, page

_LEVELS = {"": "No access", "read": "Read-only", "write": "Read and write", "admin": "Admin"}
_SCOPES = ("Repository", "Organization", "Account")


def settings_page(call: Call, app: App, user: User, problem: str = "") -> Response:
    """What the App is, and where its webhooks go."""
    said = f'<div class="problems" role="alert">{escape(problem)}</div>' if problem else ""
    return page(
        app.name,
        f'<ul><li class="row">App ID <code>{app.id}</code></li>'
        f'<li class="row">Client ID <code>{escape(app.client_id)}</code></li>'
        f'<li class="row">{"Public" if app.public else "Private"}, owned by {escape(app.owner.login)}</li></ul>'
        f'<h2>Webhook</h2>{said}<div class="box">{_webhook_form(call, app, user)}</div>{_links(call, app, user)}',
        status=422 if problem else 200,
    )


def _webhook_form(call: Call, app: App, user: User) -> str:
    checked = " checked" if app.hook.active else ""
    url = call.request.fields().get("url", app.hook.url)
    content = (
        f'<p><label><input type="checkbox" name="active" value="1"{checked}> Active</label></p>'
        f'<div class="field"><label for="url">Webhook URL</label>'
        f'<input id="url" name="url" value="{escape(url)}"></div>'
        f'<div class="field"><label for="secret">Webhook secret</label><input id="secret" name="secret" '
        f'type="password" autocomplete="off"><small>{_secret_note(app)}</small></div>'
        '<button class="primary">Save changes</button>'
    )
    return form(call.request.path, [("login", user.login)], content)


def _secret_note(app: App) -> str:
    return "A secret is set. Leave this empty to keep it." if app.hook.secret else "No secret is set."


def _links(call: Call, app: App, user: User) -> str:
    query = {"login": user.login}
    permissions = with_parameters(call.urls.web(f"{call.request.path}/permissions"), query)
    install = with_parameters(call.urls.web(f"/apps/{app.slug}/installations/new"), query)
    return (
        f'<p><a href="{escape(permissions)}">Permissions &amp; events</a></p>'
        f'<p><a href="{escape(install)}">Install App</a></p>'
    )


def permissions_page(call: Call, app: App, user: User) -> Response:
    """Every permission with its level, by scope, and the events."""
    saved = "Your changes are saved. Owners of organizations are asked to accept what is new."
    said = f'<p class="note" role="status">{saved}</p>'
    scopes = "".join(_scope(app, scope) for scope in _SCOPES)
    events = "".join(_event(app, name) for name in EVENT_PERMISSIONS)
    content = (
        f'{scopes}<details class="box" open><summary>Subscribe to events</summary>{events}</details>'
        '<button class="primary wide">Save changes</button>'
    )
    return page(
        "Permissions & events",
        f'<p class="soft">{escape(app.name)}</p>{said if call.request.parameter("saved") else ""}'
        f"{form(call.request.path, [('login', user.login)], content)}",
    )


def _scope(app: App, scope: str) -> str:
    names = [name for name in PERMISSION_LEVELS if scope_of(name) == scope]
    held = sum(name in app.permissions for name in names)
    rows = "".join(_choice(app, name) for name in sorted(names, key=title_of))
    is_open = " open" if scope == "Organization" else ""
    return f'<details class="box"{is_open}><summary>{scope} permissions ({held} selected)</summary>{rows}</details>'


def _choice(app: App, name: str) -> str:
    held = app.permissions.get(name, "")
    options = "".join(
        f'<option value="{level}"{" selected" if level == held else ""}>{_LEVELS[level]}</option>'
        for level in ("", *PERMISSION_LEVELS[name])
    )
    field = f"permission_{name}"
    select = f'<select id="{field}" name="{field}">{options}</select>'
    return f'<p class="pair"><label for="{field}">{escape(title_of(name))}<small>{name}</small></label>{select}</p>'


def _event(app: App, name: str) -> str:
    checked = " checked" if name in app.events else ""
    box = f'<input type="checkbox" name="event_{name}" value="1"{checked}>'
    return f"<p><label>{box} {escape(title_of(name))}</label></p>"
