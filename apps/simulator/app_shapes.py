"""How the App and its installations look on the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from apps.simulator.clock import utc_text
from apps.simulator.credentials import EVENTS, PERMISSIONS, AppCredentials, accepted_permissions
from apps.simulator.model import Organization
from apps.simulator.shapes import Urls, account, node_id, organization_account, simple_user


def app_shape(urls: Urls, app: AppCredentials, installations: int) -> dict[str, Any]:
    """Schema `integration`."""
    return {
        "id": app.app_id,
        "slug": app.slug,
        "node_id": node_id("App", app.app_id),
        "client_id": app.client_id,
        "owner": account(urls, "patrol-tools", 5_550_001, "Organization"),
        "name": app.name,
        "description": "Sees and decides on personal access tokens.",
        "external_url": "https://example.com/patrol",
        "html_url": urls.api(f"/apps/{app.slug}"),
        "created_at": utc_text(app.created_at),
        "updated_at": utc_text(app.created_at),
        "permissions": dict(PERMISSIONS),
        "events": list(EVENTS),
        "installations_count": installations,
    }


def app_account(urls: Urls, app: AppCredentials) -> dict[str, Any]:
    """The App as the account that acts when no person does; the brackets of its login are escaped in addresses."""
    login = f"{app.slug}[bot]"
    return account(urls, quote(login), app.app_id + 100_000_000, "Bot") | {"login": login}


def installation_shape(urls: Urls, app: AppCredentials, organization: Organization) -> dict[str, Any]:
    """Schema `installation`: the App on one organization, with all its repositories."""
    number, suspender = organization.installation_id, organization.suspended_by
    return {
        "id": number,
        "client_id": app.client_id,
        "account": organization_account(urls, organization),
        "repository_selection": "all",
        "access_tokens_url": urls.api(f"/app/installations/{number}/access_tokens"),
        "repositories_url": urls.api("/installation/repositories"),
        "html_url": urls.api(f"/organizations/{organization.login}/settings/installations/{number}"),
        "app_id": app.app_id,
        "app_slug": app.slug,
        "target_id": organization.id,
        "target_type": "Organization",
        "permissions": accepted_permissions(organization),
        "events": list(EVENTS),
        "created_at": utc_text(app.created_at),
        "updated_at": utc_text(app.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if suspender is None else simple_user(urls, suspender),
        "suspended_at": None if organization.suspended_at is None else utc_text(organization.suspended_at),
    }
