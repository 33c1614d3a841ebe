"""Deploy checks of the library: `manage.py check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from apps.core import crypto


def secret_key_is_long(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """core.E001: sessions and forms are signed with PATROL_SECRET_KEY."""
    if len(settings.SECRET_KEY) >= 32:
        return []
    return [Error("PATROL_SECRET_KEY is missing or shorter than 32 characters.", id="core.E001")]


def encryption_keys_open(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """core.E002: without a key ring no token can be kept."""
    try:
        crypto.seal("probe", row="check")
    except (crypto.Sealed, ValueError) as error:
        return [Error(str(error), id="core.E002", hint="Entries are `id:base64` of 32 random bytes.")]
    return []


def debug_is_off(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """core.E003: debug pages show settings to whoever provokes an error."""
    return [Error("PATROL_DEBUG is on.", id="core.E003")] if settings.DEBUG else []


def register_all() -> None:
    """Make the checks known to Django."""
    for check in (secret_key_is_long, encryption_keys_open, debug_is_off):
        register(Tags.security, deploy=True)(check)
