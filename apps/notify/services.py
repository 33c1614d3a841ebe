"""The round of this room's work, what owners say about it, and its housekeeping."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.notify import gathering, reading, sending
from apps.notify.audiences import copy_address
from apps.notify.models import MailSettings, Message

TASK = "notify.work"
KEPT = timedelta(days=90)
"""So long people can read what a message said."""


def work() -> int:
    """Read the record, make messages, send them. Returns how many left. Not inside a transaction."""
    reading.read_all()
    gathering.gather()
    return sending.send_due()


def change_copy_address(*, user: User, organization: Organization, email: str) -> None:
    """The address that hears of everything its owners hear of; empty: none.

    Raises what `require_owner_now` raises, and RuleBroken for what is no address.
    """
    given = email.strip()
    if given:
        try:
            validate_email(given)
        except ValidationError as error:
            raise RuleBroken("This is no e-mail address.") from error
    access.require_owner_now(user, organization)
    with transaction.atomic():
        before = copy_address(organization.pk)
        row = MailSettings.objects.select_for_update().filter(organization=organization).first()
        row = row or MailSettings(organization=organization)
        row.changed_by_login, row.changed_at = user.login, clock.now()
        row.seal_copy_to(given)
        row.save()
        what = ("changed" if before else "entered") if given else "removed"
        audit.record("mail_settings.changed", organization_id=organization.pk, actor=user.actor, address=what)


def forget_old_words() -> int:
    """What was told is in the record; what the mails said is kept for a while. Returns how many were emptied."""
    old = Message.objects.filter(made_at__lt=clock.now() - KEPT).exclude(html="").exclude(state__in=Message.OPEN)
    return old.update(text="", html="")
