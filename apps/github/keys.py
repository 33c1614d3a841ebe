"""The App's private keys and webhook secrets, two of each at a time, so that they can be changed while Patrol runs.

A new key is tried at GitHub before it takes over, and the one before it stays until somebody removes it. Both are
sealed; what people and the record see is a key's fingerprint, as GitHub's page of the App shows it.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db import transaction

from apps.audit import services as audit
from apps.core import clock, crypto
from apps.core.errors import RuleBroken
from apps.github import auth, errors, hook_secrets
from apps.github.models import App

LONGEST_KEY = 20_000
SHORTEST_SECRET, LONGEST_SECRET = 20, 200
MOST = 2


class KeyRefused(RuleBroken):
    """It is no key, or none that can be taken, with what to do."""


@dataclass(frozen=True)
class HeldKey:
    """A private key without itself. `known`: what GitHub said of it just now; None: it was not asked."""

    fingerprint: str
    since: datetime | None
    in_use: bool
    known: bool | None = None


@dataclass(frozen=True)
class HeldSecret:
    """A webhook secret without itself."""

    since: datetime | None
    in_use: bool


def by_settings() -> bool:
    """Whether the environment holds the App's secrets, so that nothing can be changed here."""
    return bool(settings.GITHUB_APP["app_id"])


def fingerprint(pem: str) -> str:
    """SHA-256 of the public key, as GitHub shows it. Raises KeyRefused.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps#verifying-private-keys
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise KeyRefused("This is no private key of a GitHub App: paste the whole .pem file that GitHub gave you.")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return f"SHA256:{base64.b64encode(hashlib.sha256(public).digest()).decode()}"


def held_keys(app: App, *, ask: bool = False) -> list[HeldKey]:
    """The key in use first; `ask` GitHub whether it knows each. Raises crypto.Sealed."""
    since = (app.private_key_since, app.previous_private_key_since)
    return [
        HeldKey(fingerprint(pem), at, in_use=number == 0, known=_is_known(app, pem) if ask else None)
        for number, (pem, at) in enumerate(zip(app.private_keys, since, strict=False))
    ]


def held_secrets(app: App) -> list[HeldSecret]:
    """The webhook secret in use first."""
    columns = [
        (app.sealed_webhook_secret, app.webhook_secret_since, True),
        (app.sealed_previous_webhook_secret, app.previous_webhook_secret_since, False),
    ]
    return [HeldSecret(since, in_use) for sealed, since, in_use in columns if sealed]


# --- changes ----------------------------------------------------------------------------------------------------------


def give_key(app: App, pem: str, *, by: audit.Actor) -> str:
    """From now on Patrol signs with this key; the one so far stays held. Returns its fingerprint.

    Raises KeyRefused, github.errors.GitHubError. GitHub is asked first: not inside a transaction.
    """
    _require_here()
    pem = pem.strip() + "\n"
    if len(pem) > LONGEST_KEY:
        raise KeyRefused("This is too long for a private key.")
    print_ = fingerprint(pem)
    _require_room(app, print_)
    if not _is_known(app, pem):
        raise KeyRefused(
            f"GitHub does not know the key {print_} as one of this App's. Generate a key on the App's page on GitHub, "
            "under Private keys, and give Patrol the file that it downloads. Nothing was changed."
        )
    with transaction.atomic():
        row = App.objects.select_for_update().get(pk=app.pk)
        _require_room(row, print_)
        row.previous_private_key_since, row.private_key_since = row.private_key_since, clock.now()
        row.set_private_keys(pem, row.private_key)
        row.save()
        audit.record("app.key_given", actor=by, subject=_subject(row), fingerprint=print_)
    return print_


def remove_key(app: App, print_: str, *, by: audit.Actor) -> None:
    """Patrol forgets a key; the other one is tried first. Raises KeyRefused, github.errors.GitHubError."""
    _require_here()
    pems = {fingerprint(pem): pem for pem in app.private_keys}
    if print_ not in pems:
        raise KeyRefused("Patrol does not hold this key any more.")
    left = next((pem for known, pem in pems.items() if known != print_), None)
    if left is None:
        raise KeyRefused("This is the only key. Give Patrol another one first.")
    if not _is_known(app, left):
        raise KeyRefused("GitHub does not know the other key, so this one stays. Give Patrol another one first.")
    with transaction.atomic():
        row = App.objects.select_for_update().get(pk=app.pk)
        if row.sealed_previous_private_key != app.sealed_previous_private_key:
            raise KeyRefused("The keys were changed meanwhile. Look again.")
        if fingerprint(row.private_key) == print_:
            row.private_key_since = row.previous_private_key_since
        row.previous_private_key_since = None
        row.set_private_keys(left)
        row.save()
        audit.record("app.key_removed", actor=by, subject=_subject(row), fingerprint=print_)


def give_webhook_secret(app: App, secret: str, *, by: audit.Actor) -> None:
    """From now on messages signed with this one are taken as well. The one so far counts until it is removed.

    Raises KeyRefused.
    """
    _require_here()
    secret = secret.strip()
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or not secret.isprintable():
        raise KeyRefused(f"A webhook secret has {SHORTEST_SECRET} to {LONGEST_SECRET} characters, in one line.")
    with transaction.atomic():
        row = App.objects.select_for_update().get(pk=app.pk)
        held = row.webhook_secrets
        if secret in held:
            raise KeyRefused("Patrol holds this secret already.")
        if len(held) >= MOST:
            raise KeyRefused("Patrol holds two webhook secrets. Remove the previous one first.")
        row.previous_webhook_secret_since, row.webhook_secret_since = row.webhook_secret_since, clock.now()
        row.set_webhook_secrets(secret, "".join(held))
        row.save()
        audit.record("app.webhook_secret_given", actor=by, subject=_subject(row))
    hook_secrets.forget()


def remove_previous_webhook_secret(app: App, *, by: audit.Actor) -> None:
    """Messages signed with it are refused from now on. Raises KeyRefused."""
    _require_here()
    with transaction.atomic():
        row = App.objects.select_for_update().get(pk=app.pk)
        if not row.sealed_previous_webhook_secret:
            raise KeyRefused("There is no previous webhook secret.")
        row.sealed_previous_webhook_secret, row.previous_webhook_secret_since = "", None
        row.save()
        audit.record("app.webhook_secret_removed", actor=by, subject=_subject(row))
    hook_secrets.forget()


def take_from_settings(app: App, given: Mapping[str, Any]) -> None:
    """Seal the secrets that the environment holds into the row; the caller saves. A change is recorded."""
    pems = (given["private_key"], given.get("previous_private_key", ""))
    secrets = (given["webhook_secret"], given.get("previous_webhook_secret", ""))
    before = _before(app)
    if before is not None and before != (tuple(filter(None, pems)), tuple(filter(None, secrets))):
        audit.record("app.secrets_changed", subject=_subject(app))
    now = clock.now()
    old_pems, old_secrets = before or ((), ())
    dates = _dates(app)
    for column, value, known in (("private_key", pems, old_pems), ("webhook_secret", secrets, old_secrets)):
        for name, one in zip((column, f"previous_{column}"), value, strict=True):
            setattr(app, f"{name}_since", (dates.get(one, now) if one in known else now) if one else None)
    app.set_secrets(
        client_secret=given["client_secret"], private_key=pems[0], previous_private_key=pems[1],
        webhook_secret=secrets[0], previous_webhook_secret=secrets[1],
    )  # fmt: skip


def seal_anew() -> App | None:
    """The App whose secrets its row holds, sealed with the ring's first key; None where there is none.

    So the keys behind the first are needed no more. Raises crypto.Sealed.
    """
    with transaction.atomic():
        row = App.objects.select_for_update().filter(role=App.Role.GOVERNANCE).first()
        if row is not None and row.seal_anew():
            row.save()
    return row


# --- rules ------------------------------------------------------------------------------------------------------------


def _require_here() -> None:
    if by_settings():
        raise KeyRefused(
            "The settings hold the App's secrets. Set the new one there and the one so far as "
            "PATROL_GITHUB_APP_PREVIOUS_PRIVATE_KEY or PATROL_GITHUB_APP_PREVIOUS_WEBHOOK_SECRET, then run "
            "`python -m config.prepare`."
        )


def _require_room(app: App, print_: str) -> None:
    held = [fingerprint(pem) for pem in app.private_keys]
    if print_ in held:
        raise KeyRefused("Patrol holds this key already.")
    if len(held) >= MOST:
        raise KeyRefused("Patrol holds two keys. Remove the one before first.")


def _is_known(app: App, pem: str) -> bool:
    """Whether GitHub takes it for the App's. Raises github.errors.GitHubError where it could not be asked."""
    try:
        with auth.key_client(app, pem) as client:
            return client.app().id == app.app_id
    except (errors.Unauthorized, errors.NotFound):
        return False
    except (ValueError, jwt.PyJWTError) as error:
        raise KeyRefused("This key cannot sign.") from error


def _before(app: App) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What the row holds; None where there is none yet, or it does not open any more."""
    try:
        return (app.private_keys, app.webhook_secrets) if app.pk else None
    except crypto.Sealed:
        return None


def _dates(app: App) -> dict[str, datetime | None]:
    try:
        pems, secrets = app.private_keys, app.webhook_secrets
    except crypto.Sealed:
        return {}
    return {
        **dict(zip(pems, (app.private_key_since, app.previous_private_key_since), strict=False)),
        **dict(zip(secrets, (app.webhook_secret_since, app.previous_webhook_secret_since), strict=False)),
    }


def _subject(app: App) -> str:
    return f"app:{app.app_id}"
