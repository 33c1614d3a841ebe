"""How many active tokens end on each day, and the next of them: counted in the database, a constant number of queries.

What has ended stays on GitHub's list, and so in the inventory, until its owner deletes it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DateField,
    DateTimeField,
    Exists,
    Expression,
    F,
    OuterRef,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import TruncDate

from apps.core import clock, seeking
from apps.core.spans import ONE_DAY, Span, midnight
from apps.core.statements import Statement
from apps.github.models import Organization
from apps.policy.risk import Risk
from apps.tokens.models import FOREVER, EndingDay, Grant
from apps.tokens.queries import ends
from apps.tokens.queries.ending_days import BY_RISK, FOREVER_ON, IN_USE, NONE, ByRisk, by_risk

SHOWN = 4
"""Rows of each list; the rest is in the inventory."""
BACK = timedelta(days=30)
MONTHS = 12


@dataclass(frozen=True)
class Year:
    """Twelve months from the first day of this one; days are those of `zone`."""

    now: datetime
    zone: ZoneInfo

    @cached_property
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

    @property
    def days(self) -> "Bounds":
        """Of what was counted by days."""
        return Bounds(FOREVER_ON, self.after, self.today - BACK, self.today, FOREVER_ON, self.after, _LATELY, _BEFORE)

    @property
    def instants(self) -> "Bounds":
        """Of ends to the second."""
        after, lately, today = (midnight(day, self.zone) for day in (self.after, self.today - BACK, self.today))
        return self.days._replace(forever=FOREVER, after=after, lately=lately, today=today)

    def span(self, first: date, last: date | None) -> Span:
        """Days of this zone."""
        return Span(first, last, self.zone)


class Bounds(NamedTuple):
    """Of the calendar, in days or instants: when what never ends does, the first after it, thirty days before today,
    today; and the days that stand for what is beyond the first, the second, between the last two and before.
    """

    forever: date
    after: date
    lately: date
    today: date
    forever_on: date
    after_on: date
    lately_on: date
    before_on: date


@dataclass(frozen=True)
class Counted:
    """`days` end within the calendar, from now on; `later` after it, `never` not at all, each by risk.

    An end is that of the token, or the day on which Patrol is to revoke it as planned, where that is earlier: of those
    on a day `planned` are so. `expired` in the last 30 days, of which `in_use` were used in the week before their end;
    `long_expired` before that.
    """

    days: dict[date, ByRisk] = field(default_factory=dict)
    later: ByRisk = NONE
    never: ByRisk = NONE
    planned: dict[date, int] = field(default_factory=dict)
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
    """One token that ends, or did. `planned_for`: Patrol is to revoke it before its own end, then."""

    grant: Grant
    at: datetime
    planned_for: datetime | None

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
    """Of all active grants as the last reading left them, and of plans as they are; three queries.

    A fourth where days of this zone were not counted yet: after the first reading, and after a change of zone.
    """
    pks = [one.pk for one in organizations]
    found, over = _as_last_read(pks, year), _over_today(pks, year)
    # What ended today was still to end when its day was counted, or is new since.
    found[year.today] = [max(0, all_day - one) for all_day, one in zip(found[year.today], over, strict=True)]
    planned: Counter[date] = Counter()
    for was, becomes, risk, many in _in(year.zone).moved(pks, year.now, *year.instants):
        found[was][risk] -= many
        found[becomes][risk] += many
        planned[becomes] += many
    lately, before = found.pop(_LATELY, _NOTHING), found.pop(_BEFORE, _NOTHING)
    # What is planned may be newer than what was counted.
    by_day = {day: tuple([max(0, one) for one in sums[:_RISKS]]) for day, sums in sorted(found.items())}
    days = {day: by_risk for day, by_risk in by_day.items() if any(by_risk)}
    later, never = days.pop(year.after, NONE), days.pop(FOREVER_ON, NONE)
    expired, in_use = (sum(part) for part in zip(_ended(lately), _ended(over), strict=True))
    return Counted(days, later, never, planned, expired, in_use, long_expired=_ended(before)[0])


_RISKS = len(Risk)
_NOTHING = [0] * (_RISKS + 1)
"""By risk, and at last how many were in use to the end."""
_LATELY, _BEFORE = date.min + ONE_DAY, date.min
"""Stand for the thirty days before today, and for all before those."""


def _ended(sums: Sequence[int]) -> tuple[int, int]:
    """How many, and how many of them were in use."""
    return sum(sums[:_RISKS]), sums[_RISKS]


def _as_last_read(organization_ids: Sequence[int], year: Year) -> defaultdict[date, list[int]]:
    statements = _in(year.zone)
    rows = statements.kept(organization_ids, *year.days)
    if sum(of for day, *_, of in rows if day == FOREVER_ON) < len(organization_ids):
        rows += statements.uncounted(organization_ids, year.now, FOREVER_ON, *year.instants)
    found: defaultdict[date, list[int]] = defaultdict(_NOTHING.copy)
    for day, *counts, _ in rows:
        found[day] = [one + more for one, more in zip(found[day], counts, strict=True)]
    return found


def _over_today(organization_ids: Sequence[int], year: Year) -> list[int]:
    """What ended today, and so is over though the day is not."""
    _, *over = _OVER.first(organization_ids, midnight(year.today, year.zone), year.now) or (None, *_NOTHING)
    return over


def _over(organization_ids: list[int], since: datetime, now: datetime) -> "QuerySet[Any, Any]":
    active = Grant.objects.active().filter(organization__in=organization_ids)
    today = active.filter(ends_at__gte=since, ends_at__lt=now).order_by()
    return today.annotate(all=Value(1)).values_list("all").annotate(**by_risk(now))


_OVER = Statement(_over)


@dataclass(frozen=True)
class _Statements:
    """What is asked of days of one time zone."""

    kept: Statement[Any]
    uncounted: Statement[Any]
    moved: Statement[Any]


@lru_cache(64)
def _in(zone: ZoneInfo) -> _Statements:
    def kept(organization_ids: list[int], *bounds: date) -> "QuerySet[Any, Any]":
        counted = EndingDay.objects.filter(organization__in=organization_ids, zone=zone.key).order_by()
        sums = {name: Sum(name) for name in (*BY_RISK, "in_use")}
        on = _bucket("day", Bounds(*bounds), F("day"))
        return counted.annotate(on=on).values_list("on").annotate(**sums, of=Count("organization"))

    def uncounted(organization_ids: list[int], now: datetime, never: date, *bounds: date) -> "QuerySet[Any, Any]":
        """The same of organizations whose days of this zone were not counted."""
        counted = EndingDay.objects.filter(organization=OuterRef("pk"), zone=zone.key, day=never)
        others = Organization.objects.filter(~Exists(counted), pk__in=organization_ids)
        active = Grant.objects.active().filter(organization__in=others).order_by()
        by_day = active.annotate(on=end_of("ends_at", bounds)).values_list("on")
        return by_day.annotate(**by_risk(now), of=Value(0))

    def moved(organization_ids: list[int], now: datetime, *bounds: date) -> "QuerySet[Any, Any]":
        return ends.moved(organization_ids, now, lambda column: end_of(column, bounds))

    def end_of(column: str, bounds: tuple[date, ...]) -> Case:
        return _bucket(column, Bounds(*bounds), TruncDate(column, tzinfo=zone))

    return _Statements(Statement(kept), Statement(uncounted), Statement(moved))


def _bucket(column: str, bounds: Bounds, day: Expression | F) -> Case:
    """The day within the calendar; one each for the thirty days before it, all before, all after it, and for none."""
    return Case(
        When(**{f"{column}__gte": bounds.forever}, then=Value(bounds.forever_on)),
        When(**{f"{column}__gte": bounds.after}, then=Value(bounds.after_on)),
        When(**{f"{column}__lt": bounds.lately}, then=Value(bounds.before_on)),
        When(**{f"{column}__lt": bounds.today}, then=Value(bounds.lately_on)),
        default=day,
        output_field=DateField(),
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
    parts = [part for _, span in spans for part in _parts(active, span, year.now, known.planned)]
    ended = active.filter(ends_at__gte=year.now - BACK, ends_at__lt=year.now).order_by("-ends_at")
    heads = seeking.heads([*parts, ended], SHOWN).select_related("token", "organization")
    # Where nothing is planned the database need not be asked for what ends a token before its own end.
    found = ends.with_ends(heads) if known.planned else heads.annotate(planned_for=_NEVER_PLANNED, until=F("ends_at"))
    rows = sorted((_ending(one) for one in found), key=lambda one: (one.at, one.grant.pk))
    made = [
        Stretch(title, span, known.between(span.first, span.last), _those_in(span, rows, year.now))
        for title, span in spans
    ]
    return made, [one for one in reversed(rows) if one.grant.ends_at < year.now]


_NEVER_PLANNED = Value(None, output_field=DateTimeField())


def _parts(
    active: "QuerySet[Grant]", span: Span, now: datetime, planned: Mapping[date, int]
) -> "list[QuerySet[Grant]]":
    """Those whose own end is in it, and those that are to be revoked in it; nothing of days without an end."""
    if span.ends is None:
        return []
    since = max(span.begins, now)
    own = active.filter(ends_at__gte=since, ends_at__lt=span.ends).order_by("ends_at")
    if not any(span.first <= day and (span.last is None or day <= span.last) for day in planned):
        return [own]
    first = ends.planned_between(since, span.ends, now).values("grant")
    return [own, active.filter(pk__in=first).order_by("ends_at")]


def _ending(grant: Any) -> Ending:
    planned = grant.planned_for
    return Ending(grant, grant.until, planned if planned and grant.until == planned else None)


def _those_in(span: Span, rows: Sequence[Ending], now: datetime) -> list[Ending]:
    if span.ends is None:
        return []
    since = max(span.begins, now)
    there = [one for one in rows if one.grant.ends_at >= now and since <= max(one.at, now) < span.ends]
    return there[:SHOWN]


def this_year(zone: ZoneInfo) -> Year:
    """From now on."""
    return Year(clock.now(), zone)
