"""Django's entry to this room."""

from django.apps import AppConfig


class GitHubConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.github"
    label = "github"

    def ready(self) -> None:
        """Register the check, what this room does about webhooks, and the one host that may be inside."""
        from apps.core import http
        from apps.github import addresses, checks, handlers

        http.permit_inside(addresses.inside_hosts)
        checks.register_all()
        handlers.register_all()
