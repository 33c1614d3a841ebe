"""Django's entry to this room."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class AuditConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.audit"
    label = "audit"

    def ready(self) -> None:
        """The check runs with `manage.py check --database default`."""
        from apps.audit.checks import triggers_stand

        register(Tags.database)(triggers_stand)
