"""Django's entry to this room."""

from django.apps import AppConfig


class GitHubConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.github"
    label = "github"

    def ready(self) -> None:
        """Register the check, and what this room does about webhooks."""
        from apps.github import checks, handlers

        checks.register_all()
        handlers.register_all()
