"""The App and its installations, and the tokens an installation hands out.

Source: docs.github.com, REST "GitHub Apps" and "GitHub App installations"; "Generating an installation access
token" (one hour; narrowing by repositories, at most 500, and by permissions, never wider than the installation).
"""

from __future__ import annotations

from typing import Any

from apps.simulator.access import calling_app, installation_on, named_organization, refuse_suspended
from apps.simulator.app_model import Installation
from apps.simulator.app_shapes import app_shape, installation_shape
from apps.simulator.clock import HOUR, utc_text
from apps.simulator.credentials import digest, new_installation_token
from apps.simulator.events import installation_event
from apps.simulator.http import Refusal, Response, dumps, invalid, json_body, json_response, not_found
from apps.simulator.listing import counted, listed
from apps.simulator.model import LEVELS, Organization
from apps.simulator.repositories import repository_bytes, repository_shape
from apps.simulator.routing import ONLY_APP, ONLY_INSTALLATION, Call, Routes
from apps.simulator.state import IssuedToken

MOST_REPOSITORIES = 500

routes = Routes()


@routes.add("GET", "/app", callers=ONLY_APP, docs="apps/apps#get-the-authenticated-app")
def get_app(call: Call) -> Response:
    app = calling_app(call)
    return json_response(app_shape(call.urls, app) | {"installations_count": len(_installations(call))})


@routes.add(
    "GET",
    "/app/installations",
    callers=ONLY_APP,
    docs="apps/apps#list-installations-for-the-authenticated-app",
)
def list_installations(call: Call) -> Response:
    return listed(call.request, _installations(call), lambda one: dumps(installation_shape(call.urls, one)))


@routes.add(
    "GET",
    "/app/installations/{installation_id}",
    callers=ONLY_APP,
    docs="apps/apps#get-an-installation-for-the-authenticated-app",
)
def get_installation(call: Call) -> Response:
    return json_response(installation_shape(call.urls, _installed(call)))


@routes.add(
    "GET",
    "/orgs/{org}/installation",
    callers=ONLY_APP,
    docs="apps/apps#get-an-organization-installation-for-the-authenticated-app",
)
def get_organization_installation(call: Call) -> Response:
    installation = installation_on(call, named_organization(call))
    if installation is None:
        raise not_found()
    return json_response(installation_shape(call.urls, installation))


@routes.add(
    "DELETE",
    "/app/installations/{installation_id}",
    callers=ONLY_APP,
    docs="apps/apps#delete-an-installation-for-the-authenticated-app",
)
def delete_installation(call: Call) -> Response:
    """The App takes itself off an organization."""
    installation = _installed(call)
    call.state.uninstall(installation)
    call.state.announce(installation_event("deleted", installation, installation.app))
    return Response(204)


@routes.add(
    "POST",
    "/app/installations/{installation_id}/access_tokens",
    callers=ONLY_APP,
    docs="apps/apps#create-an-installation-access-token-for-an-app",
)
def create_installation_token(call: Call) -> Response:
    installation = _installed(call)
    refuse_suspended(installation)
    body, organization = json_body(call.request), installation.organization
    permissions = _narrowed_permissions(installation, body)
    repository_ids = _narrowed_repositories(organization, body)
    short = call.state.options.enterprise_server  # the long ones came to github.com and its data residency only
    value, now = new_installation_token(installation.app.id, short=short), call.state.now()
    call.state.forget_expired()
    call.state.issued[digest(value)] = IssuedToken(
        "installation", installation.app.id, installation.id, now, now + HOUR, permissions, repository_ids
    )
    call.state.changed()
    shape: dict[str, Any] = {
        "token": value,
        "expires_at": utc_text(now + HOUR),
        "permissions": permissions,
        "repository_selection": "all" if repository_ids is None else "selected",
    }
    if repository_ids is not None:
        chosen = [organization.repositories[number] for number in repository_ids]
        shape["repositories"] = [
            repository_shape(call.urls, organization, item, downloads=call.has_downloads) for item in chosen
        ]
    return json_response(shape, status=201)


@routes.add(
    "DELETE",
    "/installation/token",
    callers=ONLY_INSTALLATION,
    docs="apps/installations#revoke-an-installation-access-token",
)
def revoke_installation_token(call: Call) -> Response:
    del call.state.issued[call.caller.digest]
    call.state.changed()
    return Response(204)


@routes.add(
    "GET",
    "/installation/repositories",
    callers=ONLY_INSTALLATION,
    permission="metadata=read",
    docs="apps/installations#list-repositories-accessible-to-the-app-installation",
)
def list_installation_repositories(call: Call) -> Response:
    organization, chosen = call.caller.organization, call.caller.repository_ids
    assert organization is not None, "only installation tokens come here"
    reached = [r for r in organization.repositories.values() if chosen is None or r.id in chosen]
    return counted(
        call.request,
        reached,
        lambda item: repository_bytes(call.urls, organization, item, downloads=call.has_downloads),
        key="repositories",
        extra=b'"repository_selection":"%s",' % (b"all" if chosen is None else b"selected"),
    )


def _installations(call: Call) -> list[Installation]:
    """Where the calling App is installed, oldest first."""
    app = calling_app(call)
    mine = [installation for installation in call.state.installations.values() if installation.app is app]
    return sorted(mine, key=lambda one: one.id)


def _installed(call: Call) -> Installation:
    text = call.arguments["installation_id"]
    installation = call.state.installations.get(int(text)) if text.isascii() and text.isdigit() else None
    if installation is None or installation.app is not calling_app(call):
        raise not_found()
    return installation


def _narrowed_permissions(installation: Installation, body: dict[str, Any]) -> dict[str, str]:
    asked, held = body.get("permissions"), dict(installation.permissions)
    if asked is None:
        return held
    if not isinstance(asked, dict):
        raise invalid("Installation", "permissions", "permissions must be an object")
    for name, level in asked.items():
        if LEVELS.get(str(level), 9) > LEVELS.get(held.get(name, ""), 0):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
    return {**asked, "metadata": "read"}


def _narrowed_repositories(organization: Organization, body: dict[str, Any]) -> tuple[int, ...] | None:
    names, ids = body.get("repositories"), body.get("repository_ids")
    if names is None and ids is None:
        return None
    if not isinstance(names or [], list) or not isinstance(ids or [], list):
        raise invalid("Installation", "repositories", "repositories must be a list")
    if len(names or []) + len(ids or []) > MOST_REPOSITORIES:
        raise invalid("Installation", "repositories", f"at most {MOST_REPOSITORIES} repositories")
    found = [organization.repository_named(str(name)) for name in names or []]
    found += [organization.repositories.get(number) if isinstance(number, int) else None for number in ids or []]
    if not found or None in found:
        raise Refusal(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return tuple(sorted({repository.id for repository in found if repository is not None}))
