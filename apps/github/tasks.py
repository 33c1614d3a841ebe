"""Ids in, one service."""

from celery import shared_task

from apps.github import claiming, deliveries, services


@shared_task(name="github.sync_members")
def sync_members(organization_id: int) -> None:
    """Walk one organization's members."""
    services.sync_members(organization_id)


@shared_task(name=claiming.TASK)
def process_delivery(delivery_id: int) -> None:
    """Process one webhook message, unless somebody else does or did."""
    deliveries.process(delivery_id)
