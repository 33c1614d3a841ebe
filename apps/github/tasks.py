"""Ids in, one service."""

from celery import shared_task

from apps.github import services


@shared_task(name="github.sync_members")
def sync_members(organization_id: int) -> None:
    """Walk one organization's members."""
    services.sync_members(organization_id)
