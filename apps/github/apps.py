"""Django's entry to this room."""

from django.apps import AppConfig


class GitHubConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.github"
    label = "github"
