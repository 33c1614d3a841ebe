"""github.E001: an App with an empty webhook secret does not start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from apps.github import hook_secrets, webhook_address


def webhook_secret_is_set(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """github.E001: with an empty secret everybody could sign webhooks. Without webhooks none is needed."""
    given = settings.GITHUB_APP
    if not given["app_id"] or given["webhook_secret"] or not webhook_address.expected():
        return []
    return [Error(hook_secrets.MISSING, id="github.E001")]


def register_all() -> None:
    """Make the check known to Django; every process runs it before it works."""
    register("github")(webhook_secret_is_set)
