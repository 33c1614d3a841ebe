"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Hear of people who come and go on GitHub."""
        from apps.accounts import handlers

        handlers.register_all()
