"""`celery -A config.beat beat`: the tick, once a minute. It knows no Django: what is due is found by who hears it."""

from celery import Celery

# Without the fixup that loads Django: this process only sends one message a minute, and half its memory was rooms.
app = Celery("patrol", fixups=[])
app.config_from_object("config.settings", namespace="CELERY")
