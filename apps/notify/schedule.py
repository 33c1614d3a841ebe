"""When people are told what no message rang for."""

from datetime import timedelta

from apps.jobs import services as jobs
from apps.notify import services

jobs.schedule("notify.work", every=timedelta(minutes=1), run=services.work)
jobs.schedule("notify.forget_old_words", every=timedelta(days=1), run=services.forget_old_words)
