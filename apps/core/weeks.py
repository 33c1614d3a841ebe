"""Weeks as charts and filters have them: ISO 8601, from Monday to Sunday, UTC, written "2026-W49"."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_KEY = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, order=True)
class Week:
    """One week, by its first day."""

    monday: date

    @classmethod
    def of(cls, moment: datetime | date) -> "Week":
        """The week that the instant, or the day, is in."""
        day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, key: str) -> "Week | None":
        """The week of "2026-W49"; None where that is no week of the years 2000 to 2999."""
        found = _KEY.fullmatch(key)
        if found is None or not "2000" <= found[1] <= "2999":
            return None
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            return None

    @property
    def key(self) -> str:
        """ "2026-W49"."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def label(self) -> str:
        """ "30 Nov": short, for below a bar."""
        return f"{self.monday.day} {self.monday:%b}"

    @property
    def name(self) -> str:
        """ "week of 30 November 2026"."""
        return f"week of {self.monday.day} {self.monday:%B %Y}"

    @property
    def title(self) -> str:
        """ "Week of 30 November 2026"."""
        return self.name[0].upper() + self.name[1:]

    @property
    def begins(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.monday, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return self.begins + timedelta(days=7)

    def later(self, weeks: int) -> "Week":
        """So many weeks later; earlier where negative."""
        return Week(self.monday + timedelta(weeks=weeks))
