"""How these tests have an App made from a manifest: the form, the name, the code, the conversion."""

from __future__ import annotations

import json
from typing import Any

import requests

from apps.simulator.credentials import AppCredentials
from tests.simulator.client import CALLBACK, ORGANIZATION, TIMEOUT, SimulatedGitHub, returned

REDIRECT = "http://127.0.0.1:9/setup/created/?from=github"
MANIFEST: dict[str, Any] = {
    "name": "Patrol for Acme",
    "url": "http://127.0.0.1:9/",
    "redirect_url": REDIRECT,
    "callback_urls": [CALLBACK],
    "default_permissions": {
        "members": "read",
        "metadata": "read",
        "organization_personal_access_token_requests": "read",
        "organization_personal_access_tokens": "read",
    },
    "default_events": ["organization", "personal_access_token_request"],
}
ORGANIZATIONS_APP = f"/organizations/{ORGANIZATION}/settings/apps"
OWN_APP = "/settings/apps"


def page(
    simulator: SimulatedGitHub,
    manifest: Any,
    *,
    at: str = f"{ORGANIZATIONS_APP}/new",
    login: str = "owner",
    **form: str,
) -> requests.Response:
    """What a browser that brings the manifest is shown."""
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    sent = {"manifest": text, **({"login": login} if login else {}), **form}
    return requests.post(
        f"{simulator.url}{at}", params={"state": "s-1"}, data=sent, allow_redirects=False, timeout=TIMEOUT
    )


def named(simulator: SimulatedGitHub, *, below: str = ORGANIZATIONS_APP, **changes: Any) -> requests.Response:
    """What the browser gets when `owner` has pressed the green button. Changes of None leave a key out."""
    wanted = {name: value for name, value in {**MANIFEST, **changes}.items() if value is not None}
    return page(simulator, wanted, at=f"{below}/manifest", name=wanted["name"])


def convert(simulator: SimulatedGitHub, code: str) -> requests.Response:
    return requests.post(f"{simulator.api}/app-manifests/{code}/conversions", timeout=TIMEOUT)


def made(simulator: SimulatedGitHub, **changes: Any) -> dict[str, Any]:
    """GitHub's answer to the conversion of an App with these changes of the manifest."""
    answer = convert(simulator, returned(named(simulator, **changes))["code"])
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def as_made(simulator: SimulatedGitHub, answer: dict[str, Any]) -> SimulatedGitHub:
    """The same GitHub, spoken to by the App of that answer."""
    return simulator.speaking_as(
        AppCredentials(
            app_id=answer["id"],
            slug=answer["slug"],
            client_id=answer["client_id"],
            client_secret=answer["client_secret"],
            webhook_secret=answer["webhook_secret"] or "",
            _private_key=answer["pem"],
        )
    )
