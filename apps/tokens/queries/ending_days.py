"""How many active tokens end on each day of a time zone, as they were counted at the end of the last sync."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateField, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate

from apps.core.spans import UTC_ZONE
from apps.core.statements import Statement
from apps.core.weeks import Week
from apps.policy.risk import Risk
from apps.tokens.models import FOREVER, EndingDay, Grant
from apps.tokens.queries.ends import moved

ByRisk = tuple[int, ...]
"""How many of each risk, from low to critical."""
NONE: ByRisk = (0,) * len(Risk)
BY_RISK = [risk.label.lower() for risk in Risk]
"""The columns of an EndingDay that make a ByRisk."""
FOREVER_ON = FOREVER.date()
IN_USE = timedelta(days=7)
"""Who used a token so shortly before its end is likely to miss it."""


def by_risk(now: datetime) -> dict[str, Count]:
    """How many of each risk, and how many were in use to their end, as an EndingDay has them."""
    wanted = {name: Count("pk", filter=Q(risk=risk)) for name, risk in zip(BY_RISK, Risk, strict=True)}
    used = Q(ends_at__lt=now, never_used=False, idle_since__gte=F("ends_at") - IN_USE)
    return {**wanted, "in_use": Count("pk", filter=used)}


def counted(organization_id: int, zone: ZoneInfo, now: datetime) -> list[EndingDay]:
    """By the days of that zone, to be kept; one query."""
    active = Grant.objects.active().filter(organization_id=organization_id).order_by()
    never = dict.fromkeys((*BY_RISK, "in_use"), 0) | {"day": FOREVER_ON}
    by_day = active.annotate(day=_day(zone)).values("day").annotate(**by_risk(now))
    found = {never["day"]: never} | {one["day"]: one for one in by_day}
    return [EndingDay(organization_id=organization_id, zone=zone.key, **one) for one in found.values()]


def _day(zone: ZoneInfo) -> Case:
    never = When(ends_at__gte=FOREVER, then=Value(FOREVER_ON))
    return Case(never, default=TruncDate("ends_at", tzinfo=zone), output_field=DateField())


def by_week(organization_id: int, now: datetime) -> dict[str, list[int]]:
    """How many are still to end in each week, as a tally has them; two queries."""
    found: dict[str, list[int]] = {}
    for day, risk, many in _AHEAD(organization_id, now):
        _add(found, day, risk, many)
    for was, becomes, risk, many in moved([organization_id], now, lambda column: TruncDate(column, tzinfo=UTC)):
        if was < FOREVER_ON:  # the others are in no week
            _add(found, was, risk, -many)
        _add(found, becomes, risk, many)
    return found


def _ahead(organization_id: int, now: datetime) -> "QuerySet[Grant, tuple[date, int, int]]":
    active = Grant.objects.active().filter(organization_id=organization_id).order_by()
    ahead = active.filter(ends_at__gt=now, ends_at__lt=FOREVER).annotate(day=_day(UTC_ZONE))
    return ahead.values_list("day", "risk").annotate(many=Count("pk"))


_AHEAD = Statement(_ahead)


def _add(weeks: dict[str, list[int]], day: date, risk: int, many: int) -> None:
    weeks.setdefault(Week.of(day).monday.isoformat(), [0] * len(Risk))[risk] += many
