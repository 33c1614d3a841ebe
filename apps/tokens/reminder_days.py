"""The days on which people are reminded: each organization's own, opened once, run once, taken up when left.

A day is opened from eight o'clock on, by the organization's clock. Days that passed while Patrol was down are not
opened any more: the next one tells of the nearest threshold.
"""

from datetime import timedelta

import structlog
from django.db.models import F, QuerySet

from apps.core import clock, leases
from apps.core.spans import zone_of
from apps.github.models import App, Installation, Organization
from apps.jobs import services as jobs
from apps.tokens import reminding
from apps.tokens.models import ReminderDay
from apps.tokens.reminder_rules import Today, due_day, rule_of

log = structlog.get_logger(__name__)
TASK = "tokens.remind"
UNCLAIMED = timedelta(seconds=15)
"""So long the workers have, before the sweeper does it."""
AGAIN_AFTER = timedelta(minutes=1)
ATTEMPTS = 5
KEPT = timedelta(days=90)


def open_days() -> list[int]:
    """Open the day of every organization whose clock says that it is time. Returns those opened just now."""
    now = clock.now()
    due = [(one.pk, due_day(now, zone_of(one.time_zone))) for one in _read_organizations()]
    rows = [ReminderDay(organization_id=pk, day=day, opened_at=now) for pk, day in due if day is not None]
    days = {one.day for one in rows}
    known = set(ReminderDay.objects.filter(day__in=days).values_list("organization_id", "day"))
    new = [one for one in rows if (one.organization_id, one.day) not in known]
    return [number for one in new if (number := _opened(one))]


def _opened(one: ReminderDay) -> int | None:
    """Its number; None where another beat was first."""
    row, created = ReminderDay.objects.get_or_create(
        organization_id=one.organization_id, day=one.day, defaults={"opened_at": one.opened_at}
    )
    return row.pk if created else None


def ring_due() -> int:
    """Every minute: open days and ring for them; tell at once what cannot wait for one."""
    opened = open_days()
    for number in opened:
        jobs.ring(TASK, number)
    reminding.remind_at_once()
    reminding.alarm_in_use()
    return len(opened)


def sweep() -> int:
    """Do the days that nobody took, or that somebody left. Returns how many."""
    left = _claimable().filter(opened_at__lt=clock.now() - UNCLAIMED).order_by("pk").values_list("pk", flat=True)
    return sum(run(number) for number in left[:100])


def run(day_id: int) -> bool:
    """Remind the people of one organization on one day. False where that is somebody else's, done, or given up.

    Who outlives the lease stops; who takes it up writes only what is not written.
    """
    one = _claim(day_id)
    if one is None:
        return False
    mine = ReminderDay.objects.filter(pk=one.pk, attempts=one.attempts, finished_at=None)
    today = _today(one)
    try:
        told = reminding.remind(
            one.organization, today, lambda: mine.update(lease_until=clock.now() + leases.WORK) == 1
        )
    except Exception:
        mine.update(lease_until=clock.now() + AGAIN_AFTER)
        log.exception("tokens.remind_failed", organization_id=one.organization_id, day=str(one.day))
        return False
    done = mine.update(finished_at=clock.now(), lease_until=None, reminded=F("reminded") + told) == 1
    _forget_old()
    return done


def _today(one: ReminderDay) -> Today:
    """What was left before an outage is done as of now: nobody is told of thresholds that passed meanwhile."""
    zone = zone_of(one.organization.time_zone)
    return Today(max(one.day, clock.now().astimezone(zone).date()), zone, rule_of(one.organization_id).days)


def _read_organizations() -> list[Organization]:
    """Those where Patrol works, and whose lists were read whole."""
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)
    return list(Organization.objects.filter(pk__in=live.values("organization_id"), sync__completed_at__isnull=False))


def _claim(day_id: int) -> ReminderDay | None:
    one = _claimable().select_related("organization").filter(pk=day_id).first()
    if one is None:
        return None
    lease = {"attempts": one.attempts + 1, "lease_until": clock.now() + leases.WORK}
    if _claimable().filter(pk=day_id, attempts=one.attempts).update(**lease) != 1:
        return None
    one.attempts += 1
    return one


def _claimable() -> QuerySet[ReminderDay]:
    free = leases.over(clock.now(), leases.WORK)
    return ReminderDay.objects.filter(free, finished_at=None, attempts__lt=ATTEMPTS)


def _forget_old() -> None:
    ReminderDay.objects.filter(opened_at__lt=clock.now() - KEPT).delete()
