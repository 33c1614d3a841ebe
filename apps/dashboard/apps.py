"""Django's entry to this room."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.dashboard"
    label = "dashboard"
