"""Django's entry to this room."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.notify"
    label = "notify"

    def ready(self) -> None:
        """Hear of events that cannot wait for the next minute."""
        from apps.audit.services import event_recorded
        from apps.notify import handlers

        event_recorded.connect(handlers.heard, dispatch_uid="notify")
