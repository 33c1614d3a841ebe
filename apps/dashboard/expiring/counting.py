"""How many active tokens end on each day, and the next of them: counted in the database, a constant number of queries.

What has ended stays on GitHub's list, and so in the inventory, until its owner deletes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from apps.core import clock, seeking
from apps.core.spans import ONE_DAY, Span, midnight
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import FOREVER, Grant

SHOWN = 4
"""Rows of each list; the rest is in the inventory."""
BACK = timedelta(days=30)
IN_USE = timedelta(days=7)
"""Who used a token so shortly before its end is likely to miss it."""
MONTHS = 12

ByRisk = tuple[int, ...]
"""How many of each risk, from low to critical."""
NONE: ByRisk = (0,) * len(Risk)


@dataclass(frozen=True)
class Year:
    """Twelve months from the first day of this one; days are those of `zone`."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day it is there."""
        return self.now.astimezone(self.zone).date()

    @property
    def first(self) -> date:
        """The first day of the calendar."""
        return self.today.replace(day=1)

    @property
    def after(self) -> date:
        """The first day that the calendar has not."""
        return self.first.replace(year=self.first.year + MONTHS // 12)

    def span(self, first: date, last: date | None) -> Span:
        """Days of this zone."""
        return Span(first, last, self.zone)


@dataclass(frozen=True)
class Counted:
    """`days` end within the calendar, from now on; `later` after it, `never` not at all, each by risk.

    `expired` in the last 30 days, of which `in_use` were used in the week before their end; `long_expired` before that.
    """

    days: dict[date, ByRisk] = field(default_factory=dict)
    later: ByRisk = NONE
    never: ByRisk = NONE
    expired: int = 0
    in_use: int = 0
    long_expired: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no token is known."""
        return not (self.days or any(self.later) or any(self.never) or self.expired or self.long_expired)

    def between(self, first: date, last: date | None) -> ByRisk:
        """How many end from `first` to `last`; None: to the end of the calendar and after it."""
        there = [by_risk for day, by_risk in self.days.items() if day >= first and (last is None or day <= last)]
        return summed([*there, *([self.later] if last is None else [])])


def summed(parts: Sequence[ByRisk]) -> ByRisk:
    """All of them together."""
    return tuple(sum(one) for one in zip(*parts, strict=True)) if parts else NONE


@dataclass(frozen=True)
class Ending:
    """One token that ends, or did."""

    grant: Grant

    @property
    def risk(self) -> str:
        """Its name."""
        return Risk(self.grant.risk).label

    @property
    def was_in_use(self) -> bool:
        """Whether it was used in the week before it ended."""
        grant = self.grant
        return not grant.never_used and grant.idle_since >= grant.ends_at - IN_USE


@dataclass(frozen=True)
class Stretch:
    """One list: the days it is of, how many end in them, and the next of those."""

    title: str
    span: Span
    by_risk: ByRisk
    rows: list[Ending]

    @property
    def count(self) -> int:
        """How many end in it."""
        return sum(self.by_risk)


def counted(organizations: Sequence[Organization], year: Year) -> Counted:
    """Of all active grants; two queries."""
    active = Grant.objects.active().filter(organization__in=organizations).order_by()
    found: dict[date, list[int]] = {}
    ahead = active.filter(ends_at__gte=year.now).annotate(day=_bucket(year)).values_list("day", "risk")
    for day, risk, many in ahead.annotate(many=Count("*")):
        found.setdefault(day, list(NONE))[risk] = many
    days = {day: tuple(by_risk) for day, by_risk in sorted(found.items())}
    later, never = days.pop(year.after, NONE), days.pop(_NEVER, NONE)
    return Counted(days, later, never, **_ended(active, year.now))


_NEVER = date.max


def _bucket(year: Year) -> Case:
    """The day within the calendar; one for all days after it, and one for none."""
    return Case(
        When(ends_at__gte=FOREVER, then=Value(_NEVER)),
        When(ends_at__gte=midnight(year.after, year.zone), then=Value(year.after)),
        default=TruncDate("ends_at", tzinfo=year.zone),
        output_field=DateField(),
    )


def _ended(active: "QuerySet[Grant]", now: datetime) -> dict[str, int]:
    lately = Q(ends_at__gte=now - BACK)
    used = Q(never_used=False, idle_since__gte=F("ends_at") - IN_USE)
    return active.filter(ends_at__lt=now).aggregate(
        expired=Count("pk", filter=lately),
        in_use=Count("pk", filter=lately & used),
        long_expired=Count("pk", filter=Q(ends_at__lt=now - BACK)),
    )


# --- lists ------------------------------------------------------------------------------------------------------


def stretches(year: Year) -> list[tuple[str, Span]]:
    """Today, and then the rest of this week, of this month, and all days after; those that have days."""
    today = year.today
    sunday = today + (6 - today.weekday()) * ONE_DAY
    month_ends = (today.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY
    ends = [("Today", today), ("Later this week", sunday), ("Later this month", month_ends), ("After that", None)]
    found, first = [], today
    for title, last in ends:
        if last is None or last >= first:
            found.append((title, year.span(first, last)))
            first = last + ONE_DAY if last else first
    return found


def lists(organizations: Sequence[Organization], year: Year, known: Counted) -> tuple[list[Stretch], list[Ending]]:
    """The next of each stretch that has an end, and the last that ended; one query."""
    active = Grant.objects.active().filter(organization__in=organizations)
    spans = stretches(year)
    soon = [
        active.filter(ends_at__gte=max(span.begins, year.now), ends_at__lt=span.ends).order_by("ends_at")
        for _, span in spans
        if span.ends
    ]
    ended = active.filter(ends_at__gte=year.now - BACK, ends_at__lt=year.now).order_by("-ends_at")
    rows = list(seeking.heads([*soon, ended], SHOWN).select_related("token", "organization").order_by("ends_at", "pk"))
    made = [
        Stretch(title, span, known.between(span.first, span.last), _those_in(span, rows, year.now))
        for title, span in spans
    ]
    return made, [Ending(one) for one in reversed(rows) if one.ends_at < year.now]


def _those_in(span: Span, rows: Sequence[Grant], now: datetime) -> list[Ending]:
    since, until = max(span.begins, now), span.ends or span.begins
    return [Ending(one) for one in rows if since <= one.ends_at < until]


def this_year(zone: ZoneInfo) -> Year:
    """From now on."""
    return Year(clock.now(), zone)
