"""Ringing tasks by name, and the schedule as code.

A message is a doorbell: it carries ids and may be lost, doubled or late. What is due is in rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, Q

from apps.core import clock
from apps.jobs.models import Slot

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
ATTEMPTS = 5


@dataclass(frozen=True)
class Job:
    """A scheduled job: every `every`, counted from midnight UTC, `run` is called once."""

    name: str
    every: timedelta
    run: Callable[[], object]


_schedule: dict[str, Job] = {}
_sweeps: dict[str, Callable[[], int]] = {}


def schedule(name: str, *, every: timedelta, run: Callable[[], object]) -> None:
    """Register a job; called from an app's schedule.py."""
    _schedule[name] = Job(name, every, run)


def sweep_with(name: str, sweep: Callable[[], int]) -> None:
    """Register a function that does what is due in an app's rows and returns how many it did."""
    _sweeps[name] = sweep


def sweeps() -> dict[str, Callable[[], int]]:
    """What the sweeper calls."""
    return dict(_sweeps)


def ring(task: str, *arguments: int | str) -> None:
    """After commit, tell the workers that there is work; a broker that is away costs seconds, not work."""
    transaction.on_commit(partial(_send, task, arguments))


def _send(task: str, arguments: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False)
    except Exception as error:  # any broker's errors: the sweeper finds the row
        log.warning("jobs.ring_failed", task=task, error=type(error).__name__)


def slot_of(job: Job, at: datetime) -> str:
    """The key of the slot that `at` falls in: UTC, so that no change of clocks repeats or skips one."""
    seconds = int(job.every.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo).isoformat()


def open_due_slots() -> list[int]:
    """Open the current slot of each job that has not been opened; after an outage one slot, not all missed."""
    opened = []
    for job in _schedule.values():
        slot, new = Slot.objects.get_or_create(
            job=job.name, slot=slot_of(job, clock.now()), defaults={"rung_at": clock.now()}
        )
        if new:
            opened.append(slot.pk)
    return opened


def unfinished_slots() -> list[int]:
    """Slots nobody holds: new, or left by a process that died; those that failed too often are left alone."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now())
    found = Slot.objects.filter(free, finished_at__isnull=True, attempts__lt=ATTEMPTS, job__in=_schedule)
    return list(found.order_by("pk").values_list("pk", flat=True)[:100])


def run_slot(slot_id: int) -> bool:
    """Claim the slot, run its job, close it. False when somebody else holds or finished it."""
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    claimed = Slot.objects.filter(free, pk=slot_id, finished_at__isnull=True).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if claimed != 1:
        return False
    slot = Slot.objects.get(pk=slot_id)
    try:
        _schedule[slot.job].run()
    except Exception as error:
        Slot.objects.filter(pk=slot_id).update(lease_until=clock.now() + timedelta(minutes=1), error=repr(error)[:2000])
        log.exception("jobs.slot_failed", job=slot.job, slot=slot.slot)
        return False
    Slot.objects.filter(pk=slot_id).update(finished_at=clock.now(), lease_until=None, error="")
    return True


def forget_old_slots(older_than: timedelta = timedelta(days=30)) -> int:
    """Finished slots are no record of anything."""
    deleted, _ = Slot.objects.filter(finished_at__lt=clock.now() - older_than).delete()
    return deleted
