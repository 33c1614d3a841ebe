"""How Patrol proves to GitHub that it is its App: the JWT, and installation tokens kept until near their end."""

import hashlib
from datetime import timedelta

import jwt
from django.db import transaction

from apps.core import clock, crypto
from apps.github.client import Client
from apps.github.models import App, Installation, InstallationToken

RENEW_BEFORE = timedelta(minutes=5)


def app_jwt(app: App) -> str:
    """RS256, `iss` the client id, issued 60 s ago against skewed clocks, good for nine minutes from now.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    now = int(clock.now().timestamp())
    return jwt.encode({"iss": app.client_id, "iat": now - 60, "exp": now + 9 * 60}, app.private_key, algorithm="RS256")


def app_client(app: App) -> Client:
    """A client that speaks as the App."""
    return Client(app_jwt(app))


def installation_client(installation: Installation) -> tuple[Client, str]:
    """A client that speaks as the installation, and the fingerprint of its token (ETags are bound to it)."""
    token, fingerprint = _installation_token(installation)
    return Client(token), fingerprint


def forget_token(installation: Installation) -> None:
    """The next client gets a new token."""
    InstallationToken.objects.filter(installation=installation).delete()


def _row(installation: Installation) -> str:
    return f"github_installationtoken.sealed:{installation.pk}"


def _installation_token(installation: Installation) -> tuple[str, str]:
    kept = InstallationToken.objects.filter(installation=installation).first()
    if kept and kept.expires_at > clock.now() + RENEW_BEFORE:
        return crypto.unseal(kept.sealed, row=_row(installation)), kept.fingerprint
    with app_client(installation.app) as client:
        minted = client.create_installation_token(installation.installation_id)
    fingerprint = hashlib.sha256(minted.token.encode()).hexdigest()
    with transaction.atomic():
        InstallationToken.objects.update_or_create(
            installation=installation,
            defaults={
                "sealed": crypto.seal(minted.token, row=_row(installation)),
                "fingerprint": fingerprint,
                "expires_at": minted.expires_at,
            },
        )
    return minted.token, fingerprint
