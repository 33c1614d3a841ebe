"""How token requests and grants look on the wire, made once per state of the token.

Schemas `organization-programmatic-access-grant-request` and `organization-programmatic-access-grant`.
"""

from __future__ import annotations

from collections.abc import Mapping

from apps.simulator.clock import zoned_text
from apps.simulator.http import dumps
from apps.simulator.model import Access, Grant, GrantRequest, Organization, Token
from apps.simulator.shapes import Urls, user_bytes


def request_bytes(urls: Urls, organization: Organization, request: GrantRequest, now: float) -> bytes:
    """One pending request as JSON; kept until its token changes or expires."""
    key = (request.token.version, request.token.expired(now))
    if request.rendered_key != key:
        path = f"/organizations/{organization.id}/personal-access-token-requests/{request.id}/repositories"
        head = {"id": request.id, "reason": request.reason}
        tail = _access(request.access, urls.api(path)) | {"created_at": zoned_text(request.created_at)}
        request.rendered = _joined(head, user_bytes(urls, request.token.owner), tail | _token(request.token, now))
        request.rendered_key = key
    return request.rendered


def grant_bytes(urls: Urls, organization: Organization, grant: Grant, now: float) -> bytes:
    """One grant as JSON; kept until its token changes or expires."""
    key = (grant.token.version, grant.token.expired(now))
    if grant.rendered_key != key:
        path = f"/organizations/{organization.id}/personal-access-tokens/{grant.id}/repositories"
        tail = _access(grant.access, urls.api(path)) | {"access_granted_at": zoned_text(grant.created_at)}
        head = {"id": grant.id}
        grant.rendered = _joined(head, user_bytes(urls, grant.token.owner), tail | _token(grant.token, now))
        grant.rendered_key = key
    return grant.rendered


def _access(access: Access, repositories_url: str) -> dict[str, object]:
    return {
        "repository_selection": access.repository_selection,
        "repositories_url": repositories_url,
        "permissions": {kind: held for kind, held in access.permissions.items() if held},
    }


def _token(token: Token, now: float) -> dict[str, object]:
    return {
        "token_id": token.id,
        "token_name": token.name,
        "token_expired": token.expired(now),
        "token_expires_at": zoned_text(token.expires_at),
        "token_last_used_at": zoned_text(token.last_used_at),
    }


def _joined(head: Mapping[str, object], owner: bytes, tail: Mapping[str, object]) -> bytes:
    return dumps(head)[:-1] + b',"owner":' + owner + b"," + dumps(tail)[1:]
