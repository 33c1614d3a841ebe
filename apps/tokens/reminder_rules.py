"""When people are reminded: on which days before a token ends, and at which hour of whose clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.core.spans import midnight
from apps.tokens.models import ReminderDefaults, ReminderSettings

BY_ITSELF = (30, 14, 7, 1, 0)
"""Days before the end, where nobody says otherwise."""
LONGEST = 366
"""Days; no token that ends lives longer (GitHub's own limit)."""
MOST = 10
HOUR = 8
"""Of the organization's day, from which on its people are reminded."""


@dataclass(frozen=True)
class Rule:
    """`days` falling; `origin` says in words who said so."""

    days: tuple[int, ...]
    origin: str

    @property
    def words(self) -> str:
        """As pages say it: "30, 14, 7, 1 and 0 days before"."""
        return ", ".join(map(str, self.days))


@dataclass(frozen=True)
class Today:
    """One day of an organization, by its own calendar, and whom it is time to remind then."""

    day: date
    zone: ZoneInfo
    days: tuple[int, ...]

    @property
    def begins(self) -> datetime:
        """What ended before this day is nobody's concern on it."""
        return midnight(self.day, self.zone)

    @property
    def ends(self) -> datetime:
        """What ends from then on is too far away for any reminder."""
        return midnight(self.day + timedelta(days=max(self.days) + 1), self.zone)

    def left(self, ends_at: datetime) -> int:
        """How many of the organization's days until then; 0: it ends this day."""
        return (ends_at.astimezone(self.zone).date() - self.day).days

    def due(self, ends_at: datetime) -> int:
        """The nearest threshold, the only one that counts: after an outage nobody hears of those that passed."""
        return min(days for days in self.days if days >= self.left(ends_at))


def due_day(now: datetime, zone: ZoneInfo) -> date | None:
    """The day, by that clock, whose reminders it is time for; None before eight o'clock."""
    here = now.astimezone(zone)
    return here.date() if here.hour >= HOUR else None


def rule(own: ReminderSettings | None, defaults: ReminderDefaults | None) -> Rule:
    """Of rows that are loaded."""
    if own is not None and own.days is not None:
        return Rule(_sorted(own.days), "this organization")
    if defaults is not None and defaults.days is not None:
        return Rule(_sorted(defaults.days), "this Patrol's defaults")
    return Rule(BY_ITSELF, "Patrol itself")


def rule_of(organization_id: int) -> Rule:
    """What holds for one organization; two queries."""
    return rule(ReminderSettings.objects.filter(organization=organization_id).first(), defaults())


def inherited() -> Rule:
    """What holds for an organization that says nothing itself."""
    return rule(None, defaults())


def defaults() -> ReminderDefaults | None:
    """The instance's row."""
    return ReminderDefaults.objects.first()


def _sorted(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(days, reverse=True))
