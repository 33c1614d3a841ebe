"""Registering the App that GitHub made from Patrol's manifest."""

from django.db import transaction

from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github import errors, hook_secrets, webhook_address, wire_setup
from apps.github.client import Client
from apps.github.models import App


class CodeRefused(RuleBroken):
    """GitHub does not know the code: used before, older than an hour, or another GitHub's."""


class AppRegistered(RuleBroken):
    """There is an App already; it is never replaced by another one."""


class NoWebhookSecret(RuleBroken):
    """GitHub gave none though webhooks are expected: everybody could sign them."""


def register_from_code(code: str, *, allow_listed: bool) -> App:
    """Turn the code GitHub gave the browser into the governance App, its secrets sealed.

    Raises CodeRefused, AppRegistered, NoWebhookSecret, github.errors.GitHubError. Talks to GitHub.
    """
    _require_none()
    with Client("", patient=False) as client:
        try:
            made = client.convert_manifest(code)
        except (errors.NotFound, errors.Unauthorized) as error:
            raise CodeRefused(
                "GitHub does not know this code: it was used before, or is older than an hour."
            ) from error
    if not made.webhook_secret and webhook_address.expected():
        raise NoWebhookSecret("GitHub made the App without a webhook secret, so anybody could sign its messages.")
    with transaction.atomic():
        _require_none()
        app = _saved(made, allow_listed)
        audit.record("app.registered", subject=f"app:{app.app_id}", slug=app.slug, permissions=made.permissions)
    hook_secrets.forget()
    return app


def _require_none() -> None:
    if App.objects.filter(role=App.Role.GOVERNANCE).exists():
        raise AppRegistered("An App is registered already.")


def _saved(made: wire_setup.Conversion, allow_listed: bool) -> App:
    app = App(role=App.Role.GOVERNANCE, app_id=made.id, client_id=made.client_id, slug=made.slug)
    app.allow_listed = allow_listed
    app.set_secrets(
        client_secret=made.client_secret, private_key=made.pem, webhook_secret=made.webhook_secret or ""
    )  # fmt: skip
    app.private_key_since = clock.now()
    app.webhook_secret_since = clock.now() if made.webhook_secret else None
    app.save(force_insert=True)
    return app
