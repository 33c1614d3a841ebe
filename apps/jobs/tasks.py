"""The tick, and one slot."""

from celery import shared_task

from apps.jobs import services


@shared_task(name="jobs.tick")
def tick() -> None:
    """Once a minute: open what is due and ring for it."""
    for slot_id in services.open_due_slots():
        services.ring("jobs.run_slot", slot_id)


@shared_task(name="jobs.run_slot")
def run_slot(slot_id: int) -> None:
    """Run one slot's job."""
    services.run_slot(slot_id)
