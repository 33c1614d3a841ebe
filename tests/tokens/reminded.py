"""What the tests of reminders share: another moment, the minute's work, and whom it told of what."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Organization
from apps.tokens import reminder_days
from apps.tokens.models import Grant, Reminder, ReminderDay
from tests.cast import ORGANIZATION
from tests.effects.interruptions import Died

MORNING = time(8, 5)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside the block it is that moment."""
    with clock.moved(moment - clock.now()):
        yield


def morning(day: date, zone: str = "UTC", clock_time: time = MORNING) -> datetime:
    """Five past eight of that day, by that clock."""
    return datetime.combine(day, clock_time, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def end_day(grant: Grant, zone: str = "UTC") -> date:
    """The day on which it ends, by that clock."""
    return grant.ends_at.astimezone(ZoneInfo(zone)).date()


def minute() -> None:
    """What a beat and a worker do in a minute."""
    reminder_days.ring_due()
    for number in ReminderDay.objects.filter(finished_at=None).values_list("pk", flat=True):
        reminder_days.run(number)


def live_in(zone: str) -> None:
    """The organization's days are counted by that clock."""
    Organization.objects.filter(login=ORGANIZATION).update(time_zone=zone)


def thresholds(grant: Grant) -> list[int]:
    """Of its present end those that people were told of, in that order."""
    grant.refresh_from_db()
    mine = Reminder.objects.filter(grant=grant, ends_at=grant.ends_at)
    return list(mine.order_by("reminded_at", "pk").values_list("days", flat=True))


def told(grant: Grant, *names: str) -> list[dict[str, Any]]:
    """What events say of it, oldest first: of those names, or of all."""
    found = []
    for event in Event.objects.filter(chain=grant.organization_id).order_by("sequence"):
        if names and event.name not in names:
            continue
        if event.name == "holder.reminded":
            found += [one for one in event.data["tokens"] if one["pat_id"] == grant.pat_id]
        elif event.subject == grant.subject and event.name in {"token.reminded", "token.expired_in_use"}:
            found.append({"name": event.name, **event.data})
    return found


@contextmanager
def dies_after(statements: int) -> Iterator[None]:
    """The process that runs inside dies when so many statements were executed; its transaction is rolled back."""
    left = statements

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal left
        if left <= 0:
            raise Died
        left -= 1
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(wrapper):
            yield
    except Died:
        connection.close()


def days_before(grant: Grant, days: int, zone: str = "UTC") -> datetime:
    """Five past eight, so many days before it ends."""
    return morning(end_day(grant, zone) - timedelta(days=days), zone)
