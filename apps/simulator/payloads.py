"""The bodies of webhooks.

Source: GitHub's OpenAPI description of its webhooks (schemas `webhook-personal-access-token-request-*`,
`webhook-organization-member-*`, `webhook-installation-*`, `webhook-github-app-authorization-revoked`). A token
request comes without its `reason`: that is only in the list.
"""

from __future__ import annotations

from typing import Any

from apps.simulator.app_model import App, Installation
from apps.simulator.app_shapes import actor_account, hook_config, installation_shape
from apps.simulator.clock import utc_text, zoned_text
from apps.simulator.events import Event
from apps.simulator.model import LEVELS, GrantRequest, Organization, Permissions, Repository
from apps.simulator.shapes import Urls, membership, node_id, organization_account, simple_organization, simple_user

_KINDS = ("organization", "repository", "other")


def payload(urls: Urls, event: Event, app: App, installation: Installation | None, now: float) -> dict[str, Any]:
    """What GitHub tells an App of an event, as the world is at this moment: a decision is told before it is done."""
    if event.name == "ping":
        return _ping(urls, app)
    sender = actor_account(urls, event.sender)
    body: dict[str, Any] = {"action": event.action}
    organization = event.organization
    if installation is not None and event.name == "installation":
        return body | _installation(urls, installation, event.action) | {"sender": sender}
    if organization is not None and event.request is not None:
        body["personal_access_token_request"] = token_request(urls, organization, event.request, now)
    if organization is not None and event.member is not None:
        user, role = event.member
        shape = membership(urls, organization, user, role)
        body["membership"] = {name: value for name, value in shape.items() if name != "organization"}
    if organization is not None and event.before:
        body["changes"] = {"login": {"from": event.before}}
    if organization is not None and event.name == "installation_target":
        body |= {"account": organization_account(urls, organization), "target_type": "Organization"}
    if organization is not None and installation is not None:
        number = installation.id
        body["organization"] = simple_organization(urls, organization)
        body["installation"] = {"id": number, "node_id": node_id("IntegrationInstallation", number)}
    return body | {"sender": sender}


def token_request(urls: Urls, organization: Organization, request: GrantRequest, now: float) -> dict[str, Any]:
    """Schema `personal-access-token-request`; `permissions_added` and `_upgraded` are over the grant the token has."""
    token, asked = request.token, request.access
    held = organization.grant_of(token)
    added, upgraded = _difference(held.access.permissions if held else {}, asked.permissions)
    known = organization.repositories
    chosen = [known[number] for number in asked.repository_ids if number in known]
    subset = asked.repository_selection == "subset"
    return {
        "id": request.id,
        "owner": simple_user(urls, token.owner),
        "permissions_added": added,
        "permissions_upgraded": upgraded,
        "permissions_result": {kind: dict(asked.permissions.get(kind, {})) for kind in _KINDS},
        "repository_selection": asked.repository_selection,
        "repository_count": len(chosen) if subset else None,
        "repositories": [_repository(organization, item) for item in chosen] if subset else None,
        "created_at": zoned_text(request.created_at),
        "token_id": token.id,
        "token_name": token.name,
        "token_expired": token.expired(now),
        "token_expires_at": zoned_text(token.expires_at),
        "token_last_used_at": zoned_text(token.last_used_at),
    }


def _difference(held: Permissions, asked: Permissions) -> tuple[Permissions, Permissions]:
    """What is new, and what is at a higher level than before, by kind."""
    added: Permissions = {kind: {} for kind in _KINDS}
    upgraded: Permissions = {kind: {} for kind in _KINDS}
    for kind in _KINDS:
        for name, level in asked.get(kind, {}).items():
            before = held.get(kind, {}).get(name)
            if before is None:
                added[kind][name] = level
            elif LEVELS.get(level, 0) > LEVELS.get(before, 0):
                upgraded[kind][name] = level
    return added, upgraded


def _ping(urls: Urls, app: App) -> dict[str, Any]:
    """What the address of a webhook is tried with; it says nothing of who did what."""
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": app.hook.id,
        "hook": {
            "type": "App",
            "id": app.hook.id,
            "name": "web",
            "active": app.hook.active,
            "events": list(app.events),
            "config": hook_config(app.hook),
            "updated_at": utc_text(app.created_at),
            "created_at": utc_text(app.created_at),
            "app_id": app.id,
            "deliveries_url": urls.api("/app/hook/deliveries"),
        },
    }


def _installation(urls: Urls, installation: Installation, action: str) -> dict[str, Any]:
    organization = installation.organization
    body: dict[str, Any] = {"installation": installation_shape(urls, installation)}
    if action in ("created", "deleted", "new_permissions_accepted"):
        body["repositories"] = [_repository(organization, item) for item in organization.repositories.values()]
    return body | {"requester": None}


def _repository(organization: Organization, repository: Repository) -> dict[str, Any]:
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": f"{organization.login}/{repository.name}",
        "private": repository.private,
    }
