"""The library's own job."""

from datetime import timedelta

from apps.jobs import services

services.schedule("jobs.forget_old_slots", every=timedelta(days=1), run=services.forget_old_slots)
