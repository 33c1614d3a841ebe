"""`manage.py register_app`: take the App from the settings and read where it is installed."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.github import services
from apps.github.errors import GitHubError


class Command(BaseCommand):
    """Run at every start; harmless to repeat."""

    help = "Register the GitHub App that the settings name, and list its installations."

    def handle(self, *args: Any, **options: Any) -> None:
        """Register and list; GitHub being away does not stop the start."""
        app = services.register_app_from_settings()
        if app is None:
            self.stdout.write("No GitHub App is configured yet.")
            return
        try:
            self.stdout.write(f"{app.slug or app.client_id}: {services.sync_installations()} installations")
        except GitHubError as error:
            self.stderr.write(f"GitHub could not be asked for installations: {error}")
