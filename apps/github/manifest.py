"""The manifest of Patrol's App, and where a browser posts it. Pure.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from apps.github.hosts import Host
from apps.github.permissions import LOOK_ONLY

LONGEST_NAME = 34
CALLBACK = "/sign-in/callback/"
INSTALLED = "/setup/installed/"
EVENTS = ["organization", "personal_access_token_request"]
DESCRIPTION = "Shows organization owners which personal access tokens reach their organization."


def manifest(
    *, name: str, public_url: str, webhook_url: str, webhooks: bool, public: bool,
    permissions: Mapping[str, str] = LOOK_ONLY,
) -> dict[str, Any]:  # fmt: skip
    """What the App is to be. Where no webhook can come, it is inactive: GitHub wants its address all the same."""
    return {
        "name": name[:LONGEST_NAME].strip(),
        "description": DESCRIPTION,
        "url": public_url,
        "hook_attributes": {"url": webhook_url, "active": webhooks},
        "redirect_url": f"{public_url}/setup/created/",
        "callback_urls": [f"{public_url}{CALLBACK}"],
        "setup_url": f"{public_url}{INSTALLED}",
        "setup_on_update": False,
        "request_oauth_on_install": False,
        "public": public,
        "default_permissions": dict(permissions),
        "default_events": list(EVENTS),
    }


def addresses_of(public_url: str) -> dict[str, str]:
    """What of an App depends on Patrol's address and no API changes, as GitHub's page calls it."""
    return {
        "Homepage URL": public_url,
        "Callback URL": f"{public_url}{CALLBACK}",
        "Setup URL": f"{public_url}{INSTALLED}",
    }


def creation_url(host: Host, *, organization: str, state: str) -> str:
    """GitHub's page that makes an App of the organization from the manifest posted there."""
    return (
        f"{host.web_url}/organizations/{quote(organization, safe='')}/settings/apps/new?{urlencode({'state': state})}"
    )
