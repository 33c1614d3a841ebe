"""Ids in, one use case. Registered with Celery by name; messages are doorbells."""

from celery import shared_task

from apps.tokens import sync


@shared_task(name=sync.TASK)
def sync_organization(organization_id: int) -> None:
    """Walk the organization's lists if they are due: a doubled or late message does nothing."""
    try:
        sync.sync_organization(organization_id, only_due=True)
    except sync.NotInstalled:
        return
