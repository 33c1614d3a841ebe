"""Django's entry to this room."""

from typing import Any

from django.apps import AppConfig


class EffectsConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.effects"
    label = "effects"

    def ready(self) -> None:
        """Who signs in again wakes the decisions that waited for it."""
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_wake, dispatch_uid="effects.wake")


def _wake(sender: Any, user: Any, **_: Any) -> None:
    from functools import partial

    from django.db import transaction

    from apps.effects import services

    # After commit: the new token has to be there when the work is taken up.
    transaction.on_commit(partial(services.wake_for, user.pk))
