"""The pages on which people make, install and change Apps. Text is escaped where it enters a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from apps.simulator.app_model import App, Installation, Owner
from apps.simulator.http import Response, with_parameters
from apps.simulator.manifest import LONGEST_NAME
from apps.simulator.model import Organization, User
from apps.simulator.permission_names import scope_of, title_of
from apps.simulator.routing import Call
from apps.simulator.sign_in_page import form, page

_LEVELS = {"read": "Read-only", "write": "Read and write", "admin": "Admin"}


def problems_page(problems: Iterable[str]) -> Response:
    """The manifest is none: what is wrong with it."""
    listed = "".join(f"<li>{escape(one)}</li>" for one in problems)
    said = "The configuration does not appear to be a valid GitHub App manifest."
    return page(
        "Invalid GitHub App configuration",
        f'<div class="problems" role="alert"><strong>{said}</strong><ul>{listed}</ul></div>',
        status=422,
    )


def create_page(call: Call, owner: Owner, user: User, name: str, problem: str = "") -> Response:
    """One field, the name, and the button that makes the App."""
    said = f'<div class="problems" role="alert">{escape(problem)}</div>' if problem else ""
    field = (
        '<div class="field"><label for="name">GitHub App name</label>'
        f'<input id="name" name="name" value="{escape(name)}" maxlength="{LONGEST_NAME}" required autofocus>'
        "<small>The unique name of your GitHub App.</small></div>"
    )
    button = f'<button class="primary wide">Create GitHub App for {escape(owner.login)}</button>'
    action = call.request.path.rpartition("/")[0] + "/manifest"
    query = call.request.query_string
    kept = [("manifest", call.request.given("manifest")), ("login", user.login)]
    content = form(f"{action}?{query}" if query else action, kept, said + field + button)
    return page(
        f"Create GitHub App for {owner.login}",
        f'<div class="box">{content}</div>{_signed_in(user)}',
        status=422 if problem else 200,
    )


def _signed_in(user: User) -> str:
    return f'<p class="soft">Signed in as {escape(user.login)}.</p>'


def app_page(call: Call, app: App) -> Response:
    """An App as everybody sees it."""
    by = f'<p class="soft">Developed by {escape(app.owner.login)}</p>'
    about = f"<p>{escape(app.description)}</p>" if app.description else ""
    link = call.urls.web(f"/apps/{app.slug}/installations/new")
    return page(app.name, f'{by}{about}<p><a class="button primary" href="{escape(link)}">Install</a></p>')


def choose_page(call: Call, app: App, places: list[Organization], user: User) -> Response:
    """Where to install it: the organizations of this person."""
    rows = "".join(f"<li>{_place(call, app, organization, user)}</li>" for organization in places)
    nowhere = "<p>You own no organization on which this App can be installed.</p>"
    asked = f"<h2>Where do you want to install {escape(app.name)}?</h2><ul>{rows}</ul>" if rows else nowhere
    return page(f"Install {app.name}", asked + _signed_in(user))


def _place(call: Call, app: App, organization: Organization, user: User) -> str:
    installation, query = organization.installations.get(app.id), {"login": user.login}
    if installation is not None:
        path, state = f"/organizations/{organization.login}/settings/installations/{installation.id}", "Configure"
    else:
        path, state = f"/apps/{app.slug}/installations/new/permissions", "Install"
        query |= {"target_id": str(organization.id), "state": call.request.given("state")}
    link = with_parameters(call.urls.web(path), query)
    return f'<a href="{escape(link)}" class="pair"><b>{escape(organization.login)}</b><span>{state}</span></a>'


def install_page(call: Call, app: App, organization: Organization, user: User) -> Response:
    """What the App would get on this organization, and the button."""
    kept = [("target_id", str(organization.id)), ("login", user.login), ("state", call.request.given("state"))]
    button = '<button class="primary wide">Install</button>'
    verb = "Install & authorize" if app.request_oauth_on_install else "Install"
    return page(
        f"{verb} on {organization.login}",
        f'<div class="box"><p><strong>{escape(app.name)}</strong> by {escape(app.owner.login)}</p>'
        f"<p>for all repositories, with these permissions:</p>{_permissions(app.permissions)}"
        f"{form(call.urls.web(f'/apps/{app.slug}/installations'), kept, button)}</div>{_signed_in(user)}",
    )


def installation_page(call: Call, installation: Installation, user: User) -> Response:
    """What the App has here; its suspension and its end."""
    app, suspended = installation.app, installation.suspended_at is not None
    action = "unsuspend" if suspended else "suspend"
    buttons = (
        f'<button name="action" value="{action}">{action.capitalize()}</button> '
        '<button class="danger" name="action" value="uninstall">Uninstall</button>'
    )
    said = '<div class="problems">This installation is suspended.</div>' if suspended else ""
    return page(
        app.name,
        f'{said}{_waiting(call, installation, user)}<div class="box"><p>Installed on '
        f"<strong>{escape(installation.organization.login)}</strong>, for all repositories, with these permissions:</p>"
        f"{_permissions(installation.permissions)}{form(call.request.path, [('login', user.login)], buttons)}</div>"
        f"{_signed_in(user)}",
    )


def _waiting(call: Call, installation: Installation, user: User) -> str:
    if not installation.wanted:
        return ""
    link = with_parameters(call.urls.web(f"{call.request.path}/permissions/update"), {"login": user.login})
    return (
        f'<div class="note pair"><span>{escape(installation.app.name)} is requesting an update to its permissions.'
        f'</span><a class="button" href="{escape(link)}">Review request</a></div>'
    )


def update_page(call: Call, installation: Installation, user: User) -> Response:
    """What the App asks for anew, and the button."""
    app, wanted = installation.app, installation.wanted
    button = '<button class="primary wide">Accept new permissions</button>'
    asked = (
        f'<div class="box"><p><strong>{escape(app.name)}</strong> is requesting an update to its permissions:</p>'
        f"{_permissions(wanted)}{form(call.request.path, [('login', user.login)], button)}</div>"
        if wanted
        else f"<p>{escape(app.name)} asks for nothing new.</p>"
    )
    return page(f"{app.name} on {installation.organization.login}", asked + _signed_in(user))


def _permissions(permissions: Mapping[str, str]) -> str:
    rows = "".join(
        f'<li class="row pair"><span>{escape(title_of(name))}<small>{scope_of(name)}</small></span>'
        f"<span>{_LEVELS[level]}</span></li>"
        for name, level in permissions.items()
    )
    return f"<ul>{rows}</ul>" if rows else "<p>None.</p>"
