"""Housekeeping of this room."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from apps.core import clock
from apps.jobs import services as jobs


def forget_ended_sessions() -> int:
    """Sessions past their date admit nobody; sign-ins that were begun and left leave some behind."""
    deleted, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    return deleted


jobs.schedule("accounts.forget_ended_sessions", every=timedelta(hours=6), run=forget_ended_sessions)
