"""Django's entry to this room."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.tokens"
    label = "tokens"

    def ready(self) -> None:
        """Tell the executor how decisions are sent, and hear of webhooks."""
        from apps.tokens import handlers
        from apps.tokens.effects import register_kinds
        from apps.tokens.reminder_issues import sending

        register_kinds()
        sending.register_kind()
        handlers.register_all()
