"""Webhooks as GitHub posts them: signed bodies through Patrol's own door."""

import hashlib
import hmac
import json
import uuid
from typing import Any

from django.conf import settings
from django.test import Client

from apps.github.models import Installation, Organization
from tests.cast import ORGANIZATION

PATH = "/webhooks/github"


def signature(body: bytes, secret: str | None = None) -> str:
    """The header `X-Hub-Signature-256`."""
    key = settings.GITHUB_APP["webhook_secret"] if secret is None else secret
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def new_guid() -> str:
    """As GitHub makes them."""
    return str(uuid.uuid4())


def post(body: bytes, *, event: str = "ping", guid: str = "", secret: str | None = None, **headers: str | None) -> Any:
    """Post the bytes with GitHub's headers; a header given as None is left out, `X_Hub_Signature` is that header."""
    told: dict[str, str | None] = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid or new_guid(),
        "X-GitHub-Hook-ID": "1",
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-GitHub-Hook-Installation-Target-ID": str(settings.GITHUB_APP["app_id"]),
        "X-Hub-Signature-256": signature(body, secret),
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    kind = told.pop("Content-Type", None) or "application/json"
    given = {name: value for name, value in told.items() if value is not None}
    return Client().post(PATH, body, content_type=kind, headers=given)


def send(event: str, payload: dict[str, Any], *, guid: str = "") -> Any:
    """Post a payload that must be taken."""
    answer = post(json.dumps(payload).encode(), event=event, guid=guid)
    assert answer.status_code == 202, answer.content
    return answer


def envelope(action: str, login: str = ORGANIZATION, **more: Any) -> dict[str, Any]:
    """What every message of an organization has at its top."""
    organization = Organization.objects.get(login=login)
    installation = Installation.objects.live().get(organization=organization)
    return {
        "action": action,
        "organization": {"id": organization.pk, "login": login},
        "installation": {"id": installation.installation_id},
        "sender": {"id": 1, "login": "ghost"},
        **more,
    }


def request_event(action: str, asked: dict[str, Any], login: str = ORGANIZATION) -> dict[str, Any]:
    """A message of event `personal_access_token_request` about a request as GitHub's list shows it."""
    told = {name: value for name, value in asked.items() if name not in {"reason", "permissions", "repositories_url"}}
    return envelope(
        action,
        login,
        personal_access_token_request={
            **told,
            "permissions_added": asked["permissions"],
            "permissions_upgraded": {},
            "permissions_result": asked["permissions"],
            "repository_count": None,
            "repositories": None,
        },
    )
