"""Inside a process of Patrol's: a day on which every token of the inventory is to be told of, and what that takes."""

import json
import time
from datetime import timedelta

import psutil
from django.db.models import F
from django.db.models.functions import Mod

from apps.core import clock
from apps.github.models import Organization
from apps.tokens import reminder_days
from apps.tokens.models import Grant, Reminder, ReminderDay
from bench.loading import settled

NEAR = 30
"""Days."""


def report() -> None:
    """Print {"seconds", "again_seconds", "peak_mb" above idle, "tokens", "events"} as JSON."""
    _end_soon()
    Organization.objects.update(time_zone="Pacific/Kiritimati" if clock.now().hour < 8 else "UTC")
    reminder_days.open_days()
    days = list(ReminderDay.objects.values_list("pk", flat=True))
    idle = megabytes()
    began, peak, busy = time.perf_counter(), idle, time.process_time()
    for day in days:
        assert reminder_days.run(day)
        peak = max(peak, megabytes())
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    ReminderDay.objects.update(finished_at=None, lease_until=None, attempts=0)
    began = time.perf_counter()
    for day in days:
        assert reminder_days.run(day)
    print(
        json.dumps(
            {
                "seconds": round(seconds, 1),
                "processor_seconds": round(busy, 1),
                "again_seconds": round(time.perf_counter() - began, 1),
                "peak_mb": round(peak - idle, 1),
                "days": len(days),
                "tokens": Reminder.objects.count(),
                "tokens_told": sum(ReminderDay.objects.values_list("reminded", flat=True)),
            }
        )
    )


def _end_soon() -> None:
    """Every grant is active and ends on one of the next thirty days."""
    now = clock.now()
    Grant.objects.update(state=Grant.State.ACTIVE)
    for number in range(NEAR):
        some = Grant.objects.annotate(rest=Mod(F("pk"), NEAR)).filter(rest=number)
        some.update(ends_at=now + timedelta(days=number, hours=2))
    settled()


def megabytes() -> float:
    """Memory of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20
