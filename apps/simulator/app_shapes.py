"""How the App and its installations look on the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from apps.simulator.app_model import App, Hook, Installation
from apps.simulator.clock import utc_text
from apps.simulator.model import User
from apps.simulator.shapes import Urls, account, node_id, organization_account, simple_user


def app_shape(urls: Urls, app: App) -> dict[str, Any]:
    """Schema `integration`, without the count of installations."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "client_id": app.client_id,
        "owner": account(urls, app.owner.login, app.owner.id, app.owner.kind),
        "name": app.name,
        "description": app.description or None,
        "external_url": app.external_url,
        "html_url": urls.web(f"/apps/{app.slug}"),
        "created_at": utc_text(app.created_at),
        "updated_at": utc_text(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }


def app_account(urls: Urls, app: App) -> dict[str, Any]:
    """The App as the account that acts when no person does; the brackets of its login are escaped in addresses."""
    login = f"{app.slug}[bot]"
    return account(urls, quote(login), app.id + 100_000_000, "Bot") | {"login": login}


def actor_account(urls: Urls, actor: User | App) -> dict[str, Any]:
    """Who did something, a person or an App."""
    return simple_user(urls, actor) if isinstance(actor, User) else app_account(urls, actor)


def hook_config(hook: Hook) -> dict[str, str]:
    """Schema `webhook-config`; the secret shows only that there is one."""
    shown = {"content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl}
    hidden = {"secret": "********"} if hook.secret else {}
    return shown | hidden | ({"url": hook.url} if hook.url else {})


def installation_shape(urls: Urls, installation: Installation) -> dict[str, Any]:
    """Schema `installation`: the App on one organization, with all its repositories."""
    number, app, organization = installation.id, installation.app, installation.organization
    suspender = installation.suspended_by
    return {
        "id": number,
        "client_id": app.client_id,
        "account": organization_account(urls, organization),
        "repository_selection": "all",
        "access_tokens_url": urls.api(f"/app/installations/{number}/access_tokens"),
        "repositories_url": urls.api("/installation/repositories"),
        "html_url": urls.web(f"/organizations/{organization.login}/settings/installations/{number}"),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": organization.id,
        "target_type": "Organization",
        "permissions": dict(installation.permissions),
        "events": installation.events,
        "created_at": utc_text(installation.created_at),
        "updated_at": utc_text(installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if suspender is None else simple_user(urls, suspender),
        "suspended_at": None if installation.suspended_at is None else utc_text(installation.suspended_at),
    }
