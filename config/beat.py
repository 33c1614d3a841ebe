"""`celery -A config.beat beat`: the tick, once a minute. It knows no Django: what is due is found by who hears it."""

from contextlib import suppress
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init
from kombu.exceptions import OperationalError

from apps.core import pulse
from config import settings

# Without the fixup that loads Django: this process only sends one message a minute, and half its memory was rooms.
app = Celery("patrol", fixups=[])
app.config_from_object("config.settings", namespace="CELERY")


@beat_init.connect
def tick_now(**_: Any) -> None:
    """A beat that starts does not wait for the next minute: what fell due while it was away is opened at once."""
    with suppress(OperationalError):  # no broker yet: the sweeper opens it
        app.send_task("jobs.tick", retry=False, expires=55)


@after_task_publish.connect
def tell(**_: Any) -> None:
    """A tick reached the broker."""
    pulse.touch(settings.PULSE_PATH)
