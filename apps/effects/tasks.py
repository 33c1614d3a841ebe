"""Ids in, one service."""

from celery import shared_task

from apps.effects import services


@shared_task(name="effects.run")
def run(effect_id: int) -> None:
    """Do what is due in the effect's organization."""
    services.run(effect_id)
