"""`manage.py move_address`: Patrol is reached at another address from now on; GitHub is told."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.github import auth, errors, manifest, web, webhook_moving
from apps.github.services import NotConfigured, governance_app


class Command(BaseCommand):
    """Changes what an API changes, the webhook, and says what is left to do by hand. Harmless to repeat."""

    help = "Have GitHub send webhooks to PATROL_WEBHOOK_URL, and say what else to change for PATROL_PUBLIC_URL."

    def handle(self, *args: Any, **options: Any) -> None:
        """Change and say."""
        try:
            before, there = webhook_moving.move()
            with auth.app_client(governance_app()) as client:
                page = web.app_settings(client.app())
        except NotConfigured as error:
            raise CommandError(str(error)) from error
        except errors.GitHubError as error:
            raise CommandError(f"GitHub did not confirm it; run this again. It said: {error}") from error
        self.stdout.write(
            f"GitHub sends webhooks to {there}" + ("." if before == there else f", no longer to {before}.")
        )
        self.stdout.write(f"No API changes the rest. At {page} set:")
        for name, value in manifest.addresses_of(settings.PUBLIC_URL).items():
            self.stdout.write(f"  {name}: {value}")
