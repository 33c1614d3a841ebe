"""Ids in, one service."""

from celery import shared_task

from apps.accounts import confirmation_mails, confirmations


@shared_task(name=confirmations.TASK)
def send_confirmation(confirmation_id: int) -> None:
    """Send what is due about a person's address, unless somebody else does or did."""
    confirmation_mails.send(confirmation_id)
