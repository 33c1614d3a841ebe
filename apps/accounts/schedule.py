"""Housekeeping of this room."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from apps.accounts import confirmation_mails, confirmations, contact_imports, contacts
from apps.core import clock
from apps.jobs import services as jobs


def forget_ended_sessions() -> int:
    """Sessions past their date admit nobody; sign-ins that were begun and left leave some behind."""
    deleted, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    return deleted


jobs.schedule("accounts.forget_ended_sessions", every=timedelta(hours=6), run=forget_ended_sessions)
jobs.schedule("accounts.forget_old_confirmations", every=timedelta(days=1), run=confirmations.forget_old)
jobs.schedule("accounts.forget_old_imports", every=timedelta(minutes=10), run=contact_imports.forget_old)
jobs.schedule("accounts.seal_contacts_anew", every=timedelta(hours=1), run=contacts.seal_anew)
jobs.sweep_with("confirmations", confirmation_mails.sweep)
