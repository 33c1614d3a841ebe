"""Days in an organization's time zone, and the instant of a day at which Patrol revokes.

That is nine in the morning: who is concerned is at work, so what breaks is seen, and mended, the same day; and no time
zone moves its clocks at that hour, so that it exists once on every day.
"""

from datetime import UTC, date, datetime, time, timedelta

from apps.core import clock
from apps.core.errors import RuleBroken
from apps.core.spans import zone_of
from apps.github.models import Organization

HOUR = time(9)
LONGEST = timedelta(days=366)
"""As far ahead as the longest lifetime that GitHub's policies can name."""


def due_at(day: date, zone: str) -> datetime:
    """The instant of that day, in UTC."""
    return datetime.combine(day, HOUR, tzinfo=zone_of(zone)).astimezone(UTC)


def today(organization: Organization) -> date:
    """Which day it is there."""
    return clock.now().astimezone(zone_of(organization.time_zone)).date()


def first_day(organization: Organization) -> date:
    """The first day that can be planned for: what shall happen today is decided today."""
    return today(organization) + timedelta(days=1)


def last_day(organization: Organization) -> date:
    """The last one."""
    return today(organization) + LONGEST


def require_day(day: date, organization: Organization) -> datetime:
    """The instant of a day that can be planned for. Raises RuleBroken."""
    first, last = first_day(organization), last_day(organization)
    if not first <= day <= last:
        raise RuleBroken(f"Choose a day from {first} to {last} ({organization.time_zone}).")
    return due_at(day, organization.time_zone)
