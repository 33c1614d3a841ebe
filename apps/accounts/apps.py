"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.accounts"
    label = "accounts"
