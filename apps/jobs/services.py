"""Ringing tasks by name, and the schedule as code.

A message is a doorbell: it carries ids and may be lost, doubled or late. What is due is in rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from kombu.pools import producers

from apps.core import clock, logs
from apps.jobs.models import Slot

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=1)
ATTEMPTS = 5
KEPT = timedelta(days=30)
QUICK = {"socket_timeout": 0.8, "socket_connect_timeout": 0.8, "retry_on_timeout": False}
"""A person, or GitHub with its webhook, waits while we ring: a broker that says nothing is given up on within two
seconds, where a worker that only listens is patient."""
LONGEST_DELAY = 60
"""Seconds. Redis hands a message that waits longer than its visibility time-out to a second worker."""


@dataclass(frozen=True)
class Job:
    """A scheduled job: every `every`, counted from midnight UTC, `run` is called once."""

    name: str
    every: timedelta
    run: Callable[[], object]


_schedule: dict[str, Job] = {}
_sweeps: dict[str, Callable[[], int]] = {}


def schedule(name: str, *, every: timedelta, run: Callable[[], object]) -> None:
    """Register a job; called from an app's schedule.py.

    Raises ValueError for a period that is no whole seconds, or longer than finished slots are kept: a slot
    forgotten while it is the current one would run again.
    """
    if not timedelta(seconds=1) <= every <= KEPT or every.microseconds:
        raise ValueError(f"{name}: a job is due every whole second to {KEPT.days} days, not every {every}.")
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


def ring_in(seconds: float, task: str, *arguments: int | str) -> None:
    """The same, heard so much later: for rows that are due then. Whoever misses it, the sweeper does not.

    Workers hold such a message in memory, so it is for moments. Raises ValueError beyond LONGEST_DELAY.
    """
    if not 0 <= seconds <= LONGEST_DELAY:
        raise ValueError(f"A message waits 0 to {LONGEST_DELAY} s; what is due later is for the sweeper.")
    transaction.on_commit(partial(_send, task, arguments, seconds))


def _send(task: str, arguments: tuple[int | str, ...], seconds: float = 0) -> None:
    try:
        with producers[current_app.connection_for_write(transport_options=QUICK)].acquire(block=True) as producer:
            current_app.send_task(
                task, args=arguments, retry=False, countdown=seconds or None, producer=producer
            )  # fmt: skip
    except Exception as error:  # any broker's errors: the sweeper finds the row
        log.warning("jobs.ring_failed", task=task, error=type(error).__name__)


def slot_of(job: Job, at: datetime) -> str:
    """The key of the slot that `at` falls in: UTC, so that no change of clocks repeats or skips one."""
    seconds = int(job.every.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=UTC).isoformat()


def open_due_slots() -> list[int]:
    """Open the current slot of each job that has not been opened; after an outage one slot, not all missed."""
    now = clock.now()
    current = [(job.name, slot_of(job, now)) for job in _schedule.values()]
    stands = Slot.objects.filter(job__in=_schedule, slot__in={slot for _, slot in current})
    standing = set(stands.values_list("job", "slot"))
    opened = []
    for name, slot in current:
        if (name, slot) in standing:
            continue
        row, new = Slot.objects.get_or_create(job=name, slot=slot, defaults={"rung_at": now})
        if new:
            opened.append(row.pk)
    return opened


def unfinished_slots() -> list[int]:
    """Slots nobody holds: new, or left by a process that died; those that failed too often are left alone."""
    return list(_claimable().order_by("pk").values_list("pk", flat=True)[:100])


def run_slot(slot_id: int) -> bool:
    """Claim the slot, run its job, close it. True when that was done here.

    False when somebody else holds or finished it, when it was given up, and when the job failed: then it is
    due again after AGAIN_AFTER, ATTEMPTS times in all. A run that outlives its lease may see the job started
    once more elsewhere; its own result is not written any more.
    """
    slot = _claim(slot_id)
    if slot is None:
        return False
    mine = Slot.objects.filter(pk=slot.pk, attempts=slot.attempts, finished_at__isnull=True)
    try:
        _schedule[slot.job].run()
    except Exception as error:
        mine.update(lease_until=clock.now() + AGAIN_AFTER, error=logs.scrub(repr(error))[:2000])
        log.exception("jobs.slot_failed", job=slot.job, slot=slot.slot)
        return False
    return mine.update(finished_at=clock.now(), lease_until=None, error="") == 1


def _claim(slot_id: int) -> Slot | None:
    """The slot, leased to us; the number of the attempt is the fence."""
    slot = _claimable().filter(pk=slot_id).first()
    if slot is None:
        return None
    lease = {"attempts": slot.attempts + 1, "lease_until": clock.now() + LEASE}
    if _claimable().filter(pk=slot_id, attempts=slot.attempts).update(**lease) != 1:
        return None
    slot.attempts += 1
    return slot


def _claimable() -> QuerySet[Slot]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now())
    return Slot.objects.filter(free, finished_at__isnull=True, attempts__lt=ATTEMPTS, job__in=_schedule)


def forget_old_slots(older_than: timedelta = KEPT) -> int:
    """Slots are no record of anything, finished or given up. Returns how many were deleted."""
    deleted, _ = Slot.objects.filter(rung_at__lt=clock.now() - older_than).delete()
    return deleted
