"""Django's entry to the library."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """No models; middleware, template tags, checks and the health pages."""

    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        """Logging is set up once, before anything can log."""
        from apps.core import checks, logs

        logs.configure()
        checks.register_all()
