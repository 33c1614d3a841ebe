"""The bell of this room."""

from celery import shared_task

from apps.notify import services


@shared_task(name=services.TASK)
def work() -> None:
    """Tell what the record has to tell."""
    services.work()
