"""Patrol's address is another one: GitHub sends its webhooks there."""

from django.conf import settings
from django.db import transaction

from apps.audit import services as audit
from apps.github import auth
from apps.github.services import governance_app


def move() -> tuple[str, str]:
    """Have GitHub send webhooks to PATROL_WEBHOOK_URL; the secret stays. Returns the address before, and now.

    Raises services.NotConfigured, errors.GitHubError. Talks to GitHub: not inside a transaction.
    """
    app, there = governance_app(), settings.WEBHOOK_URL
    with auth.app_client(app) as client:
        before = client.webhook_url()
        if before == there:
            return before, there
        with transaction.atomic():
            audit.record("app.webhook_move_asked", subject=f"app:{app.app_id}", before=before, to=there)
        client.set_webhook_url(there)
    with transaction.atomic():
        audit.record("app.webhook_moved", subject=f"app:{app.app_id}", before=before, to=there)
    return before, there
