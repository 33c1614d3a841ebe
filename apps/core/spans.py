"""Days, weeks, months and stretches of days in a time zone, as charts, calendars and filters have them.

Written "2026-12-01", "2026-W49", "2026-12", "2026-12-01..2026-12-06" and, without an end, "2026-12-01..". Where the
zone is not UTC its IANA name follows: "2026-12-01@Europe/Berlin".
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core.weeks import Week

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_DAY = r"(2\d{3}-\d{2}-\d{2})"
_STRETCH = re.compile(rf"{_DAY}(?:(\.\.){_DAY}?)?", re.ASCII)
_MONTH = re.compile(r"2\d{3}-\d{2}", re.ASCII)
LONGEST_ZONE = 64
ONE_DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UTC where this machine does not know it."""
    return known_zone(name) or UTC_ZONE


def known_zone(name: str) -> ZoneInfo | None:
    """The same; None where there is none."""
    if len(name) > LONGEST_ZONE or not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day there, in UTC. Where the clock leaps over midnight it is that of the leap."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True)
class Span:
    """From the day `first` to the day `last` (None: for ever), both included, in the time zone `zone`."""

    first: date
    last: date | None
    zone: ZoneInfo = UTC_ZONE

    @classmethod
    def parse(cls, text: str) -> "Span | None":
        """The span that is written so; None where that is none of the years 2000 to 2999."""
        key, _, name = text.partition("@")
        zone = known_zone(name or "UTC")
        days = _days(key)
        if zone is None or days is None or (days[1] is not None and days[1] < days[0]):
            return None
        return cls(*days, zone)

    @property
    def key(self) -> str:
        """As it is written, the shortest way."""
        where = "" if self.zone.key == "UTC" else f"@{self.zone.key}"
        return f"{self._days}{where}"

    @property
    def title(self) -> str:
        """ "1 December 2026", "Week of 30 November 2026", "December 2026", "1 to 6 December 2026, Europe/Berlin"."""
        where = "" if self.zone.key == "UTC" else f", {self.zone.key}"
        return f"{self._name}{where}"

    @property
    def begins(self) -> datetime:
        """Its first instant."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime | None:
        """The first instant after it; None: never."""
        return midnight(self.last + ONE_DAY, self.zone) if self.last else None

    @property
    def _days(self) -> str:
        if self.last is None:
            return f"{self.first}.."
        if self.first == self.last:
            return str(self.first)
        if self._is_week:
            return Week(self.first).key
        return f"{self.first:%Y-%m}" if self._is_month else f"{self.first}..{self.last}"

    @property
    def _name(self) -> str:
        if self.last is None:
            return f"From {named(self.first)} on"
        if self.first == self.last:
            return named(self.first)
        if self._is_week:
            return Week(self.first).title
        return f"{self.first:%B %Y}" if self._is_month else f"{named(self.first)} to {named(self.last)}"

    @property
    def _is_week(self) -> bool:
        return self.first.weekday() == 0 and self.last == self.first + 6 * ONE_DAY

    @property
    def _is_month(self) -> bool:
        return self.first.day == 1 and self.last == _end_of_month(self.first)


def named(day: date) -> str:
    """ "1 December 2026"."""
    return f"{day.day} {day:%B %Y}"


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY


def _days(key: str) -> tuple[date, date | None] | None:
    week = Week.parse(key)
    if week:
        return week.monday, week.monday + 6 * ONE_DAY
    try:
        if _MONTH.fullmatch(key):
            first = date.fromisoformat(f"{key}-01")
            return first, _end_of_month(first)
        found = _STRETCH.fullmatch(key)
        if found is None:
            return None
        first = date.fromisoformat(found[1])
        if not found[2]:
            return first, first
        return first, date.fromisoformat(found[3]) if found[3] else None
    except ValueError:
        return None
