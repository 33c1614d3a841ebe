"""Ids in, one use case. Registered with Celery by name; messages are doorbells."""

from celery import shared_task

from apps.tokens import polling, reminder_days, sync


@shared_task(name=sync.TASK)
def sync_organization(organization_id: int) -> None:
    """Walk the organization's lists if they are due: a doubled or late message does nothing."""
    try:
        sync.sync_organization(organization_id, only_due=True)
    except sync.NotInstalled:
        return


@shared_task(name=polling.TASK)
def poll_requests(organization_id: int) -> None:
    """Read what is new in the organization's list of requests, if that is due."""
    try:
        polling.poll_requests(organization_id)
    except sync.NotInstalled:
        return


@shared_task(name=reminder_days.TASK)
def remind(day_id: int) -> None:
    """Remind the people of one organization on one of its days, if nobody did."""
    reminder_days.run(day_id)
