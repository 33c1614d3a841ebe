"""How Patrol proves to GitHub that it is its App: the JWT, and installation tokens kept until near their end."""

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import jwt
import structlog
from django.db import transaction

from apps.core import clock, crypto
from apps.core.statements import Statement
from apps.github.client import Client
from apps.github.models import App, Installation, InstallationToken

log = structlog.get_logger(__name__)
RENEW_BEFORE = timedelta(minutes=5)
SMALL = timedelta(seconds=30)
"""A difference of clocks that a JWT bears."""
_github_ahead = timedelta()
"""As far as GitHub told this process when it refused a JWT."""


def githubs_now() -> datetime:
    """This instant by GitHub's clock, as far as it is known that the two differ."""
    return clock.now() + _github_ahead


def forget_githubs_clock() -> None:
    """As if GitHub had told nothing of its time."""
    global _github_ahead  # noqa: PLW0603  one clock a process
    _github_ahead = timedelta()


def app_jwt(app: App, pem: str = "") -> str:
    """RS256, signed with that key of the App's, else with the one in use. Good for nine minutes from now.

    `iss` is the client id; issued 60 s ago against skewed clocks.
    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    """
    now = int(githubs_now().timestamp())
    claims = {"iss": app.client_id, "iat": now - 60, "exp": now + 9 * 60}
    return jwt.encode(claims, _loaded(pem or app.private_key), algorithm="RS256")


@lru_cache(maxsize=4)
def _loaded(pem: str) -> Any:
    """A key to sign with, read once a process: OpenSSL proves its primes, which takes tens of milliseconds."""
    return jwt.get_algorithm_by_name("RS256").prepare_key(pem)


def app_client(app: App, *, patient: bool = True) -> Client:
    """A client that speaks as the App.

    If need be by GitHub's clock: one of ours that is off stops nothing. And with the key before the one in use, while
    that is held and GitHub refuses this one.
    """
    return Client(app_jwt(app), patient=patient, renewed=partial(_another_jwt, app))


def key_client(app: App, pem: str) -> Client:
    """A client that speaks as the App with that key and no other. Raises ValueError where it is none."""
    return Client(app_jwt(app, pem), patient=False, renewed=partial(_by_githubs_clock, app, pem))


def _another_jwt(app: App, at: datetime) -> str:
    """After GitHub refused one at its time `at`; empty where there is none to try."""
    return _by_githubs_clock(app, "", at) or _by_previous_key(app)


def _by_githubs_clock(app: App, pem: str, at: datetime) -> str:
    """A JWT for GitHub's time `at`; empty where the times of the refused one were right."""
    global _github_ahead  # noqa: PLW0603  one clock a process
    ahead = at - clock.now()
    if abs(ahead - _github_ahead) < SMALL:
        return ""
    _github_ahead = ahead
    log.warning("github.clocks_differ", seconds=round(ahead.total_seconds()))
    return app_jwt(app, pem)


def _by_previous_key(app: App) -> str:
    """A JWT of the key before the one that was refused; empty where none is held."""
    others = app.private_keys[1:]
    if not others:
        return ""
    log.warning("github.key_refused", app=app.app_id)
    return app_jwt(app, others[0])


def installation_client(installation: Installation) -> tuple[Client, str]:
    """A client that speaks as the installation, and the fingerprint of its token (ETags are bound to it)."""
    return counted_client(installation)[:2]


def counted_client(installation: Installation) -> tuple[Client, str, int]:
    """The same, and how many requests were sent for the token: none for one that is kept, or one."""
    kept = _KEPT.first(installation.pk)
    if kept and kept.expires_at > githubs_now() + RENEW_BEFORE:
        return Client(crypto.unseal(kept.sealed, row=_row(installation))), kept.fingerprint, 0
    token, fingerprint = _new_token(installation)
    return Client(token), fingerprint, 1


_KEPT = Statement(lambda installation_id: InstallationToken.objects.filter(installation=installation_id))


def forget_token(installation: Installation) -> None:
    """The next client gets a new token."""
    InstallationToken.objects.filter(installation=installation).delete()


def _row(installation: Installation) -> str:
    return f"github_installationtoken.sealed:{installation.pk}"


def _new_token(installation: Installation) -> tuple[str, str]:
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
