"""The Celery application: tasks are found in each app's tasks.py."""

import os
from typing import Any

from celery import Celery, bootsteps
from django.conf import settings

from apps.core import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("patrol")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
PULSE_SECONDS = 10.0


class Pulse(bootsteps.StartStopStep):
    """The worker's own loop tells that it turns: it neither hangs nor has lost its broker."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        """From the worker's start on."""
        worker.timer.call_repeatedly(PULSE_SECONDS, pulse.touch, (settings.PULSE_PATH,))


app.steps["worker"].add(Pulse)
