"""Django's entry to this room."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class JobsConfig(AppConfig):
    """See the package's docstring for what this room owns."""

    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Each app's schedule.py registers its jobs and sweeps."""
        for config in apps.get_app_configs():
            if config.name.startswith("apps.") and find_spec(f"{config.name}.schedule"):
                import_module(f"{config.name}.schedule")
